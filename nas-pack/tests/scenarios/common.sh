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

# The events since the last look.
events_are() {
    got=$(tr '\n' ' ' </trace)
    [ "$got" = "$* " ] || { [ "$#" -eq 0 ] && [ -z "$got" ]; } || fail "events: $got, expected: $*"
    : >/trace
}

: >/trace
chmod 666 /trace
