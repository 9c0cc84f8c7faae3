# Shared by the scenarios: each plays the package centre, in a sandbox, and looks after every act.
fail() {
    echo "FAILED: $*"
    cat /trace 2>/dev/null
    ps 2>/dev/null
    exit 1
}

act() {
    echo "== $*"
}

expect() { # WHAT COMMAND...
    what=$1
    shift
    "$@" || fail "$what"
}

refuse() { # WHAT COMMAND...
    what=$1
    shift
    if "$@"; then
        fail "$what"
    fi
}

code_is() { # CODE COMMAND...
    wanted=$1
    shift
    "$@"
    code=$?
    [ "$code" -eq "$wanted" ] || fail "$*: code $code, not $wanted"
}

serves() {
    [ "$(busybox wget -q -O - http://127.0.0.1:8080/page)" = "$1" ]
}

# The daemon runs as the right user, in a folder of its own, with nothing open that its caller had open.
is_well_brought_up() { # PID FOLDER
    owner=$(ls -ldn "/proc/$1" | busybox awk '{ print $3 }')
    [ "$owner" = "$daemon_uid" ] || fail "the daemon runs as $owner, not $daemon_uid"
    owner=$(ls -ldn "$2" | busybox awk '{ print $3 }')
    [ "$owner" = "$daemon_uid" ] || fail "$2 belongs to $owner, not $daemon_uid"
    open=$(ls -l "/proc/$1/fd" | grep -v -E ' -> (/dev/null|socket:.*|.*/beacon.log)$' | grep -e '->')
    if [ "$userland" != Full ]; then
        open=$(echo "$open" | grep -v -E ' [0-9]{2,} ->') # a shell that cannot name these
    fi
    [ -z "$open" ] || fail "still open: $open"
}

# The events since the last look.
events_are() {
    got=$(tr '\n' ' ' </trace)
    [ "$got" = "$* " ] || { [ "$#" -eq 0 ] && [ -z "$got" ]; } || fail "events: $got, expected: $*"
    : >/trace
}

: >/trace
chmod 666 /trace
