# shellcheck shell=bash disable=SC2034,SC2154  # its variables are shared with the files around it
# Pending jobs by the thousand, for trying a long queue. Sourced after lib.sh. The submitting is in backlog.c.

# The compiled program's path; compiled again when the source or Slurm's library is newer.
backlog_program() {
    local program=$farm_dir/bin/backlog
    if [[ ! $program -nt $farm_src/backlog.c || ! $program -nt /usr/include/slurm/slurm.h ]]; then
        mkdir -p -- "$farm_dir/bin"
        "${CC:-cc}" -std=c11 -D_GNU_SOURCE -O2 -o "$program" "$farm_src/backlog.c" -lslurm >&2 ||
            die "--jobs needs a C compiler and libslurm-dev: run farm/deps build first"
    fi
    echo "$program"
}

# backlog_fill COUNT: submits what is missing to that many pending jobs.
backlog_fill() {
    local have program workers=4 w pids=() failed=0
    have=$(squeue -h -a -p backlog -t PENDING -o %i | wc -l)
    ((have < $1)) || return 0
    program=$(backlog_program)
    say "submitting $(($1 - have)) pending jobs"
    for ((w = 1; w <= workers; w++)); do
        "$program" $((have + w)) "$workers" "$1" >&2 &
        pids+=($!)
    done
    for w in "${pids[@]}"; do wait "$w" || failed=1; done
    ((failed == 0)) || die "not all pending jobs could be submitted (see above)"
}
