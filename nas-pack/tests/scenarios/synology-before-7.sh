# DSM before 7: root runs everything; the package's folder is replaced at an upgrade, and only @appdata and the settings stay.
home=/var/packages/beacon
store=/volume1/@appstore/beacon
kept=/volume1/@appdata/beacon
settings=/usr/syno/etc/packages/beacon
export SYNOPKG_TEMP_LOGFILE=/tmp/message
control=$home/scripts/start-stop-status
mkdir -p /volume1 /usr/syno/etc/packages

# At boot, DSM says nothing of the package.
hook() { # PACKAGE SCRIPT STATUS [ARG]
    : >"$SYNOPKG_TEMP_LOGFILE"
    SYNOPKG_PKGDEST=${3:+$store} SYNOPKG_PKGDEST_VOL=${3:+/volume1} SYNOPKG_PKG_STATUS=$3 \
        /bin/sh "$1/scripts/$2" ${4:+"$4"}
}

unpack() { # VERSION
    rm -rf "$store" "$home"
    mkdir -p "$store" "$home"
    ln -s "$store" "$home/target"
    cp -R "/$1/files/." "$store"
    cp -R "/$1/scripts" "$home/scripts"
}

install() { # VERSION
    hook "/$1" preinst INSTALL || return 1
    unpack "$1"
    hook "$home" postinst INSTALL
}

upgrade() { # VERSION
    hook "$home" start-stop-status UPGRADE stop
    hook "/$1" preupgrade UPGRADE || return 1
    hook "$home" preuninst UPGRADE
    mkdir -p /tmp/old/scripts
    cp "$home/scripts/postuninst" /tmp/old/scripts
    rm -rf "$store" "$home"
    hook /tmp/old postuninst UPGRADE
    hook "/$1" preinst UPGRADE || return 1
    unpack "$1"
    hook "$home" postinst UPGRADE
    hook "$home" postupgrade UPGRADE
    hook "$home" start-stop-status UPGRADE start
}

uninstall() {
    hook "$home" start-stop-status UNINSTALL stop
    hook "$home" preuninst UNINSTALL || return 1
    mkdir -p /tmp/old/scripts
    cp "$home/scripts/postuninst" /tmp/old/scripts
    rm -rf "$store" "$home"
    hook /tmp/old postuninst UNINSTALL
}

act install and start
expect install install v1
expect start hook "$home" start-stop-status INSTALL start 3>/tmp/centre 7>&1
is_well_brought_up "$(cat "$kept/run/beacon.pid")" "$kept/data"
events_are pre-install post-install boot pre-start post-start
echo one >"$kept/data/page"
expect serves serves one
expect "settings" [ -f "$settings/beacon.toml" ]
code_is 0 /bin/sh "$control" status
expect "a log's name" [ "$(sh "$control" log)" = "$kept/log/beacon.log" ]

act start again is nothing, and nothing to tell
: >"$SYNOPKG_TEMP_LOGFILE"
expect "second start" /bin/sh "$control" start
refuse "a message" [ -s "$SYNOPKG_TEMP_LOGFILE" ]

act stop, twice
expect stop /bin/sh "$control" stop
expect "second stop" /bin/sh "$control" stop
code_is 3 /bin/sh "$control" status
events_are pre-stop post-stop

act power cut, then boot with nothing said
expect start /bin/sh "$control" start
kill -9 "$(cat "$kept/run/beacon.pid")"
sleep 1
code_is 1 /bin/sh "$control" status
echo another-boot >"$kept/boot"
: >/trace
expect start hook "$home" start-stop-status "" start
events_are boot pre-start post-start
expect serves serves one

act upgrade
echo 'greeting = 2' >"$settings/beacon.toml"
expect upgrade upgrade v2
expect version [ "$(cat "$store/share/version")" = 2.0.0 ]
expect "data is there" serves one
expect "settings are there" [ "$(cat "$settings/beacon.toml")" = 'greeting = 2' ]
events_are pre-stop post-stop pre-upgrade post-upgrade boot pre-start post-start
is_well_brought_up "$(cat "$kept/run/beacon.pid")" "$kept/data"

act an upgrade that a power cut ends, and again
/bin/sh "$control" stop
rm -rf "$store"
: >/trace
expect "install anew" install v2
expect start hook "$home" start-stop-status START start
expect "data is there" serves one
events_are pre-install post-install boot pre-start post-start

act a daemon that ends at once
/bin/sh "$control" stop
cp "$store/bin/httpd" /tmp/httpd
cp "$store/bin/brief" "$store/bin/httpd"
refuse "a start that cannot work" hook "$home" start-stop-status START start
expect "it was told" grep -q 'ended right after its start' "$SYNOPKG_TEMP_LOGFILE"
expect "its words are in the log" grep -q 'cannot go on' "$kept/log/beacon.log"
cp /tmp/httpd "$store/bin/httpd"
expect start hook "$home" start-stop-status START start
: >/trace

act uninstall keeps data and settings, and a later installation finds them
expect uninstall uninstall
events_are pre-stop post-stop pre-uninstall post-uninstall
expect "data" [ "$(cat "$kept/data/page")" = one ]
expect "settings" [ "$(cat "$settings/beacon.toml")" = 'greeting = 2' ]
expect "nothing else" [ "$(ls "$kept")" = data ]
refuse "no process" busybox pidof httpd
expect install install v1
expect start hook "$home" start-stop-status INSTALL start
expect serves serves one
/bin/sh "$control" stop
echo "scenario done"
