# shellcheck shell=bash disable=SC2034,SC2154  # its variables are shared with the files around it
# The four daemons of a farm on one machine: munged, slurmctld, node1, node2 (two slurmd). Sourced after lib.sh.
#
# A daemon is ours when the pid in its pid file is alive, is that program, and was started with this farm's own
# configuration path: a pid that the system has handed to somebody else since is never touched.

farm_nodes=(node1 node2)
farm_daemons=(munged slurmctld "${farm_nodes[@]}")

daemon_program() { case $1 in node*) echo slurmd ;; *) echo "$1" ;; esac; }
daemon_log() { echo "$farm_dir/log/$1.log"; }

# The same path in a chroot is another farm's.
same_root() { [[ /proc/$1/root -ef / ]]; }

# daemon_pid NAME: prints the pid of this farm's running daemon; 1 when there is none.
daemon_pid() {
    local name=$1 pid mark words=()
    read -r pid 2>/dev/null <"$farm_dir/run/$name.pid" || [[ -n ${pid:-} ]] || return 1
    is_number "$pid" || return 1
    mapfile -d '' -t words 2>/dev/null <"/proc/$pid/cmdline" || return 1
    ((${#words[@]})) && [[ ${words[0]##*/} == "$(daemon_program "$name")" ]] || return 1
    case $name in
    munged) mark="--key-file=$farm_dir/etc/munge.key" ;;
    slurmctld) mark=$farm_conf ;;
    node*) mark="$farm_conf -N $name" ;;
    esac
    [[ " ${words[*]} " == *" $mark "* ]] && same_root "$pid" || return 1
    echo "$pid"
}

daemon_runs() { daemon_pid "$1" >/dev/null; }
daemon_gone() { ! daemon_runs "$1"; }

# running, paused (stopped by a signal) or absent.
daemon_state() {
    local pid stat
    pid=$(daemon_pid "$1") || { echo absent; return; }
    stat=$(<"/proc/$pid/stat") || { echo absent; return; }
    case ${stat##*) } in T* | t*) echo paused ;; Z*) echo absent ;; *) echo running ;; esac
}

# detached COMMAND...: no descriptor of ours but /dev/null and the log, none of our environment: whoever reads the
# caller's output to its end must not wait for a daemon, and no setting of his shell may reach the farm's jobs.
detached() {
    local out=$1
    shift
    (
        cd /
        exec </dev/null >>"$out" 2>&1
        for fd in "/proc/$BASHPID/fd"/*; do
            fd=${fd##*/}
            if ((fd > 2)); then eval "exec $fd>&-"; fi
        done
        exec env -i PATH="$PATH" HOME=/ LC_ALL=C "$@"
    )
}

# The daemons write to their own log; what they say before they have opened it is in NAME.start.
daemon_start() {
    local name=$1 start=$farm_dir/log/$1.start
    : >"$start"
    rm -f -- "$farm_dir/run/$name.pid"
    case $name in
    munged)
        detached "$start" munged --force --num-threads=2 --key-file="$farm_dir/etc/munge.key" \
            --socket="$farm_dir/run/munge.socket" --pid-file="$farm_dir/run/munged.pid" \
            --log-file="$(daemon_log munged)" --seed-file="$farm_dir/run/munged.seed"
        ;;
    slurmctld) detached "$start" slurmctld -f "$farm_conf" ;;
    node*) detached "$start" slurmd -f "$farm_conf" -N "$name" ;;
    esac || daemon_failed "$name" "ended as soon as it was started"
    wait_until 20 daemon_runs "$name" || daemon_failed "$name" "did not come up"
}

# daemon_failed NAME WHAT: the end, with the daemon's own last words.
daemon_failed() {
    local name=$1 file
    say "$(daemon_program "$name") ($name) $2. Its last words:"
    for file in "$farm_dir/log/$name.start" "$(daemon_log "$name")"; do
        if [[ -s $file ]]; then tail -n 15 -- "$file" | sed 's/^/    /' >&2; fi
    done
    die "the farm in $farm_dir is not up"
}

daemon_signal() { kill -s "$2" "$(daemon_pid "$1")" 2>/dev/null; }

# A daemon that was paused cannot hear SIGTERM, and one that does not end in time is ended.
daemon_stop() {
    local name=$1
    daemon_runs "$name" || return 0
    daemon_signal "$name" TERM || return 0
    daemon_signal "$name" CONT || return 0
    wait_until 20 daemon_gone "$name" && return 0
    say "$name does not end, killing it"
    daemon_signal "$name" KILL || return 0
    wait_until 5 daemon_gone "$name" || die "$name (pid $(daemon_pid "$name")) cannot be ended"
}

controller_answers() { [[ $(daemon_state slurmctld) == running ]] && scontrol ping >/dev/null 2>&1; }

wait_controller() {
    wait_until 60 controller_answers || daemon_failed slurmctld "does not answer"
}

# Registered: the controller has heard from the node since it started. "*" and "unk" are its marks for "not yet".
nodes_registered() {
    local states
    states=$(IFS=,; sinfo -h -a -N -o '%T' -n "${farm_nodes[*]}" 2>/dev/null) && [[ -n $states ]] &&
        [[ $states != *'*'* && $states != *unk* ]]
}
