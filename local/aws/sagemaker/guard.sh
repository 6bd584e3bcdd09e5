#!/bin/sh
# Runs a program, and stops it with everything it started when standard input ends: because its owner closed the pipe, or because the
# owner is gone, however it went. The program keeps this process's id, output and exit status; it gets no standard input.
#
# usage: sh guard.sh GRACE_SECONDS PROGRAM [ARGUMENT…]
ticks=$(($1 * 10))
shift
exec 3<&0
{
  trap '' TERM
  cat <&3
  guard=$(exec sh -c 'echo $PPID')
  # By parentage, not by process group: torchrun puts its workers into sessions of their own.
  family=$(ps -A -o pid= -o ppid= | awk -v program=$$ -v guard="$guard" '
    { parent[$1] = $2 }
    END {
      for (pid in parent) {
        ancestor = pid
        while (ancestor in parent && ancestor != program && ancestor != guard) ancestor = parent[ancestor]
        if (ancestor == program) print pid
      }
    }')
  kill -TERM $family
  while [ $ticks -gt 0 ] && kill -0 $$; do
    sleep 0.1
    ticks=$((ticks - 1))
  done
  kill -KILL $family
  kill -KILL 0
} >/dev/null 2>&1 &
exec 3<&-
exec "$@" </dev/null
