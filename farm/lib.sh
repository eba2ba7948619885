# shellcheck shell=bash disable=SC2034,SC2154  # its variables are shared with the files around it
# What every command of the farm shares: messages, the farm's directory, its options, waiting.
# Sourced, never run. The daemons themselves are in daemons.sh.

set -euo pipefail

# Debian keeps the daemons in /usr/sbin, which is not in an ordinary user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

farm_src=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
farm_cmd=farm/${0##*/}

say() { printf '%s: %s\n' "$farm_cmd" "$*" >&2; }
die() { say "$*"; exit 1; }
# A mistake in the command line, and how it should read.
usage_error() { say "$1"; printf 'usage: %s\n' "$2" >&2; exit 2; }

need_commands() {
    local missing=() command
    for command; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    ((${#missing[@]} == 0)) || die "not installed: ${missing[*]}. Run farm/deps run first."
}

is_number() { [[ $1 =~ ^[0-9]+$ ]]; }

# Root's farm lies where every user can reach it, because its jobs may run as any user; a user's farm lies with his
# other state. Neither is under /tmp, where a stranger could be there first.
farm_default_dir() {
    if [[ -n ${KFARM_DIR:-} ]]; then
        printf '%s\n' "$KFARM_DIR"
    elif [[ -n ${XDG_STATE_HOME:-} ]]; then
        printf '%s\n' "$XDG_STATE_HOME/kfarm"
    elif ((EUID == 0)); then
        printf '%s\n' /var/lib/kfarm
    else
        printf '%s\n' "$HOME/.local/state/kfarm"
    fi
}

# farm_use [DIR]: from here on everything concerns the farm in DIR.
farm_use() {
    farm_dir=$(realpath -m -- "${1:-$(farm_default_dir)}")
    # slurm.conf cannot quote: a blank ends a value, % and , have meanings of their own.
    [[ $farm_dir =~ ^[A-Za-z0-9_./+@-]+$ ]] ||
        die "the directory '$farm_dir' has characters that slurm.conf cannot hold (letters, digits and _ . / + @ - only)"
    # A Unix socket's path has 107 characters, and slurmd adds spool/node1/node1_<job>.<step> to ours.
    ((${#farm_dir} <= 70)) || die "the directory '$farm_dir' is too long for the sockets in it (70 characters at most)"
    if [[ -e $farm_dir && ! -O $farm_dir ]]; then
        die "the directory '$farm_dir' belongs to $(stat -c %U -- "$farm_dir"); give another with --dir"
    fi
    farm_conf=$farm_dir/etc/slurm.conf
    farm_share=$farm_dir/share
    # The caller may sit in a job of another cluster, or have formats of his own set for squeue and sinfo.
    local name
    for name in "${!SLURM_@}" "${!SBATCH_@}" "${!SQUEUE_@}" "${!SINFO_@}" "${!SCANCEL_@}"; do
        unset "$name"
    done
    export SLURM_CONF=$farm_conf
}

# Commands that only take --dir: farm_parse_dir "USAGE" "$@"
farm_parse_dir() {
    local usage=$1 dir=
    shift
    while (($#)); do
        case $1 in
        --dir) (($# >= 2)) || usage_error "--dir needs a directory" "$usage"; dir=$2; shift 2 ;;
        --dir=*) dir=${1#*=}; shift ;;
        -h | --help) printf 'usage: %s\n' "$usage"; exit 0 ;;
        *) usage_error "unknown argument '$1'" "$usage" ;;
        esac
    done
    farm_use "$dir"
}

# Which farm is meant by a kfarm-top that is started without a word about it: tui/localfarm.h.
farm_remember() {
    local state=${XDG_STATE_HOME:-${HOME:-}/.local/state}
    [[ $state == /?* ]] || return 1
    (umask 077 && mkdir -p -- "$state/kfarm-top" && rm -f -- "$state/kfarm-top/quickstart" &&
        printf '%s\n' "$farm_conf" >"$state/kfarm-top/quickstart")
}

farm_exists() { [[ -f $farm_conf ]]; }

# One command at a time per farm. The lock goes when this process does; daemons never inherit it (see detached()).
farm_lock() {
    mkdir -p -- "$farm_dir"
    exec {farm_lock_fd}>>"$farm_dir/lock"
    flock -w 300 "$farm_lock_fd" || die "another farm command has held '$farm_dir/lock' for five minutes"
}

# wait_until SECONDS COMMAND...: polls COMMAND; 1 when the time is up.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.1
    done
}
