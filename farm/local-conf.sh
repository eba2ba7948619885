# shellcheck shell=bash disable=SC2034,SC2154  # its variables are shared with the files around it
# The configuration of a farm on one machine: slurm.conf.example with the lines replaced that tie it to the three
# machines of the farm. Sourced after lib.sh and daemons.sh. Sets and keeps (in etc/options): opt_nodes, opt_jobs,
# opt_port.

options_load() {
    opt_nodes=0 opt_jobs=0 opt_port=0
    local key value
    while IFS='=' read -r key value; do
        is_number "$value" || continue
        case $key in
        nodes) opt_nodes=$value ;;
        jobs) opt_jobs=$value ;;
        port) opt_port=$value ;;
        esac
    done < <(cat -- "$farm_dir/etc/options" 2>/dev/null)
}

options_save() {
    printf 'nodes=%s\njobs=%s\nport=%s\n' "$opt_nodes" "$opt_jobs" "$opt_port" >"$farm_dir/etc/options"
}

# Four ports in a row: the controller, node1, node2, and one on which nobody listens (nodes without a slurmd).
ports_of() { echo "$1" $(($1 + 1)) $(($1 + 2)) $(($1 + 3)); }

# Read from the kernel's tables and not by connecting: that also sees ports bound to one address only.
ports_free() {
    local used port
    used=$(awk 'FNR > 1 { n = split($2, a, ":"); print a[n] }' /proc/net/tcp /proc/net/tcp6 2>/dev/null || true)
    for port in $(ports_of "$1"); do
        if grep -qix "$(printf '%04X' "$port")" <<<"$used"; then return 1; fi
    done
}

# Below the range from which the kernel gives ports to outgoing connections (32768 and up).
choose_port() {
    local try
    for ((try = 0; try < 1000; try++)); do
        opt_port=$((20000 + RANDOM % 3000 * 4))
        if ports_free "$opt_port"; then return 0; fi
    done
    die "no four free TCP ports in a row between 20000 and 32000"
}

# The machine's own name must lead to loopback for the daemons to be told to listen there only: Slurm binds to the
# address of the machine's name, or to every address. Prints that loopback address; 1 when there is none.
loopback_of_host() {
    local address
    address=$(getent ahostsv4 "$1" | awk '{ print $1; exit }') && [[ $address == 127.* ]] && echo "$address"
}

# replace_keys KEY=VALUE...: the configuration on stdin with these keys' lines replaced, new keys at the end; the
# node and partition lines are dropped, the caller writes his own.
replace_keys() {
    awk '
        BEGIN {
            for (i = 1; i < ARGC; i++) {
                key = ARGV[i]; sub(/=.*/, "", key)
                line[key] = ARGV[i]; order[i] = key; ARGV[i] = ""
            }
        }
        /^#|^$/ { next }
        /^(NodeName|PartitionName)=/ { next }
        { key = $0; sub(/=.*/, "", key) }
        key in line { print line[key]; delete line[key]; next }
        { print }
        END { for (i = 1; i < ARGC; i++) if (order[i] in line) print line[order[i]] }
    ' "$@"
}

# node_line NAME PORT: the node as slurm.conf.example has it, on this machine.
node_line() {
    printf '%s NodeHostname=%s NodeAddr=%s Port=%s\n' \
        "$(grep "^NodeName=$1 " "$farm_src/slurm.conf.example")" "$host" "$address" "$2"
}

conf_print() {
    local host address user port port1 port2 port_nobody keys
    host=$(uname -n)
    host=${host%%.*}
    user=$(id -un)
    read -r port port1 port2 port_nobody < <(ports_of "$opt_port")
    keys=()
    if address=$(loopback_of_host "$host"); then
        keys+=("CommunicationParameters=NoInAddrAny,NoCtldInAddrAny")
    else
        address=127.0.0.1
    fi
    keys+=(
        "SlurmctldHost=$host($address)"
        "SlurmUser=$user"
        "SlurmdUser=$user"
        "SlurmctldPort=$port"
        "SlurmdPort=$port_nobody"
        "AuthInfo=socket=$farm_dir/run/munge.socket"
        "StateSaveLocation=$farm_dir/state"
        "SlurmdSpoolDir=$farm_dir/spool/%n"
        "SlurmctldPidFile=$farm_dir/run/slurmctld.pid"
        "SlurmdPidFile=$farm_dir/run/%n.pid"
        "SlurmctldLogFile=$farm_dir/log/slurmctld.log"
        "SlurmdLogFile=$farm_dir/log/%n.log"
        "JobCompLoc=$farm_dir/log/jobcomp.log"
        # The nodes are what slurm.conf says, whatever this machine has.
        "SlurmdParameters=config_overrides"
        # Two slurmd share this machine, which may be a container: no cgroups.
        "ProctrackType=proctrack/linuxproc"
        "TaskPlugin=task/none"
        "JobAcctGatherType=jobacct_gather/none"
        # Nodes are asked how they are every third of this: fresh loads, and a dead node is noticed while one waits.
        "SlurmdTimeout=30"
        "MaxJobCount=100000"
    )
    if ((opt_nodes + opt_jobs > 0)); then
        # CLOUD nodes need a power saving configuration; PrivateData=cloud makes those that sleep visible.
        keys+=(PrivateData=cloud SuspendProgram=/bin/true ResumeProgram=/bin/true SuspendTime=3600
            ResumeTimeout=60 SuspendTimeout=10 "SuspendExcNodes=node[1-2]")
    fi
    echo "# Written by farm/up from slurm.conf.example; the next farm/up writes it again."
    replace_keys "${keys[@]}" <"$farm_src/slurm.conf.example"
    node_line node1 "$port1"
    node_line node2 "$port2"
    grep '^PartitionName=' "$farm_src/slurm.conf.example"
    if ((opt_nodes > 0)); then
        printf 'NodeName=c[00001-%05d] CPUs=8 RealMemory=7682 State=CLOUD\n' "$opt_nodes"
        printf 'PartitionName=cloud Nodes=c[00001-%05d] MaxTime=INFINITE State=UP\n' "$opt_nodes"
    fi
    if ((opt_jobs > 0)); then
        # A partition that is down keeps its jobs pending, and with one node in it a submission costs 2 ms.
        echo 'NodeName=backlog1 CPUs=8 RealMemory=7682 State=CLOUD'
        echo 'PartitionName=backlog Nodes=backlog1 MaxTime=INFINITE State=DOWN'
    fi
}

# From 23.11 on slurmd wants a cgroup of its own unless told not to; before, that word was not known and is fatal.
cgroup_conf_print() {
    local major minor
    IFS=' .' read -r _ major minor _ < <(slurmctld -V)
    if ((10#$major * 100 + 10#$minor >= 2311)); then echo CgroupPlugin=disabled; fi
}

# conf_prepare: makes what is missing in the farm's directory and writes the configuration beside the one in use; 0
# when they differ. conf_install then puts it into its place, once nobody runs with the old one any more.
conf_prepare() {
    mkdir -p -- "$farm_dir"/{etc,run,log,state,spool,share}
    # Jobs of any user run here (root's farm): they pass through, write builds to the share, and talk to munged.
    chmod 755 -- "$farm_dir" "$farm_dir"/{etc,run,log,spool,share}
    mkdir -p -- "$farm_share/kernel_builds"
    chmod 1777 -- "$farm_share/kernel_builds"
    if [[ ! -s $farm_dir/etc/munge.key ]]; then
        (umask 077 && head -c 1024 /dev/urandom >"$farm_dir/etc/munge.key")
    fi
    cgroup_conf_print >"$farm_dir/etc/cgroup.conf"
    conf_print >"$farm_conf.new"
    options_save
    ! cmp -s -- "$farm_conf.new" "$farm_conf"
}

conf_install() { mv -f -- "$farm_conf.new" "$farm_conf"; }
