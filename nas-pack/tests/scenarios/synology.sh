# DSM 7: everything runs as the package's own user; var and etc are kept by DSM itself.
home=/var/packages/beacon
export SYNOPKG_PKGDEST=$home/target SYNOPKG_PKGVAR=$home/var SYNOPKG_PKGTMP=$home/tmp SYNOPKG_TEMP_LOGFILE=/tmp/message
control=$home/scripts/start-stop-status
expect "not root" [ "$(id -u)" -ne 0 ]

hook() { # PACKAGE SCRIPT STATUS [ARG]
    : >"$SYNOPKG_TEMP_LOGFILE"
    SYNOPKG_PKG_STATUS=$3 /bin/sh "$1/scripts/$2" ${4:+"$4"}
}

unpack() { # VERSION
    rm -rf "$home/target" "$home/scripts" "$home/tmp"
    mkdir -p "$home/target" "$home/var" "$home/etc" "$home/tmp"
    cp -R "/$1/files/." "$home/target"
    cp -R "/$1/scripts" "$home/scripts"
}

install() { # VERSION
    hook "/$1" preinst INSTALL || return 1
    unpack "$1"
    hook "$home" postinst INSTALL
}

upgrade() { # VERSION
    hook "$home" start-stop-status STOP stop
    hook "/$1" preupgrade UPGRADE || return 1
    hook "$home" preuninst UPGRADE
    cp "$home/scripts/postuninst" /tmp/post
    rm -rf "$home/target" "$home/tmp"
    SYNOPKG_PKG_STATUS=UPGRADE /bin/sh /tmp/post
    hook "/$1" preinst UPGRADE || return 1
    unpack "$1"
    hook "$home" postinst UPGRADE
    hook "$home" postupgrade UPGRADE
    hook "$home" start-stop-status START start
}

uninstall() {
    hook "$home" start-stop-status STOP stop
    hook "$home" preuninst UNINSTALL || return 1
    cp "$home/scripts/postuninst" /tmp/post
    rm -rf "$home/target" "$home/tmp" "$home/scripts"
    SYNOPKG_PKG_STATUS=UNINSTALL /bin/sh /tmp/post
}

act install and start
expect install install v1
expect start hook "$home" start-stop-status START start 3>/tmp/centre 7>&1
is_well_brought_up "$(cat "$home/var/run/beacon.pid")" "$home/var/data"
events_are pre-install post-install boot pre-start post-start
echo one >"$home/var/data/page"
expect serves serves one
expect "settings" [ -f "$home/etc/beacon.toml" ]
code_is 0 /bin/sh "$control" status
expect "a log's name" [ "$(sh "$control" log)" = "$home/var/log/beacon.log" ]

act start again is nothing, and nothing to tell
: >"$SYNOPKG_TEMP_LOGFILE"
expect "second start" /bin/sh "$control" start
refuse "a message" [ -s "$SYNOPKG_TEMP_LOGFILE" ]

act a start by somebody else
refuse "a start in a folder of others" busybox env SYNOPKG_PKGVAR=/foreign /bin/sh "$control" start
expect "advice" grep -q 'use: synopkg start beacon' "$SYNOPKG_TEMP_LOGFILE"

act stop, twice
expect stop /bin/sh "$control" stop
expect "second stop" /bin/sh "$control" stop
code_is 3 /bin/sh "$control" status
events_are pre-stop post-stop

act power cut, then boot with an empty status
expect start /bin/sh "$control" start
kill -9 "$(cat "$home/var/run/beacon.pid")"
sleep 1
code_is 1 /bin/sh "$control" status
echo another-boot >"$home/var/boot"
: >/trace
expect start hook "$home" start-stop-status "" start
events_are boot pre-start post-start
expect serves serves one

act upgrade
echo 'greeting = 2' >"$home/etc/beacon.toml"
expect upgrade upgrade v2
expect version [ "$(cat "$home/target/share/version")" = 2.0.0 ]
expect "data is there" serves one
expect "settings are there" [ "$(cat "$home/etc/beacon.toml")" = 'greeting = 2' ]
events_are pre-stop post-stop pre-upgrade post-upgrade boot pre-start post-start

act a daemon that does not end by itself
/bin/sh "$control" stop
cp "$home/target/bin/httpd" /tmp/httpd
cp "$home/target/bin/stubborn" "$home/target/bin/httpd"
refuse "a start that opens no port" /bin/sh "$control" start
expect "it was told" grep -q 'did not open port 8080 after 10 seconds' "$SYNOPKG_TEMP_LOGFILE"
code_is 0 /bin/sh "$control" status
expect "stop kills it" /bin/sh "$control" stop
code_is 3 /bin/sh "$control" status
cp /tmp/httpd "$home/target/bin/httpd"

act a daemon that ends at once
cp "$home/target/bin/brief" "$home/target/bin/httpd"
: >"$SYNOPKG_TEMP_LOGFILE"
refuse "a start that cannot work" /bin/sh "$control" start
expect "it was told" grep -q 'ended right after its start' "$SYNOPKG_TEMP_LOGFILE"
expect "its words are in the log" grep -q 'cannot go on' "$home/var/log/beacon.log"
cp /tmp/httpd "$home/target/bin/httpd"

act the port is taken by something else
cp "$home/target/bin/stubborn" "$home/target/bin/httpd"
busybox httpd -f -p 8080 -h /tmp &
other=$!
: >"$SYNOPKG_TEMP_LOGFILE"
expect "it starts" /bin/sh "$control" start
expect "but that is said" grep -q 'something else listens on port 8080' "$SYNOPKG_TEMP_LOGFILE"
/bin/sh "$control" stop
cp "$home/target/bin/brief" "$home/target/bin/httpd"
: >"$SYNOPKG_TEMP_LOGFILE"
refuse "a daemon that ends for it" /bin/sh "$control" start
expect "that is said" grep -q 'ended.*something else listens on port 8080' "$SYNOPKG_TEMP_LOGFILE"
kill "$other"
cp /tmp/httpd "$home/target/bin/httpd"

act a log over its limit makes room at the next start
busybox dd if=/dev/zero of="$home/var/log/beacon.log" bs=1024 count=1025 2>/dev/null
expect start /bin/sh "$control" start
expect "the older one" [ -s "$home/var/log/beacon.log.1" ]
expect "the new one is small" [ "$(wc -c <"$home/var/log/beacon.log")" -lt 1024 ]
: >/trace

act uninstall keeps data and settings
expect uninstall uninstall
events_are pre-stop post-stop pre-uninstall post-uninstall
expect "data" [ "$(cat "$home/var/data/page")" = one ]
expect "settings" [ "$(cat "$home/etc/beacon.toml")" = 'greeting = 2' ]
expect "nothing else" [ "$(ls "$home/var")" = data ]
refuse "no process" busybox pidof httpd
echo "scenario done"
