# ADM: the app's folder is deleted in an upgrade and at an uninstallation.
export APKG_PKG_DIR=/usr/local/AppCentral/beacon
app=$APKG_PKG_DIR
kept=/usr/local/AppCentral/.beacon.kept
control=$app/CONTROL/start-stop.sh
mkdir -p /usr/local/AppCentral

unpack() { # VERSION
    mkdir -p "$app"
    cp -a "/$1/files/." "$app"
    cp -a "/$1/CONTROL" "$app/CONTROL"
}

install() { # VERSION STATUS
    APKG_PKG_STATUS=$2 /bin/sh "/$1/CONTROL/pre-install.sh" || return 1
    unpack "$1"
    APKG_PKG_STATUS=$2 /bin/sh "$app/CONTROL/post-install.sh"
}

upgrade() { # VERSION
    /bin/sh "$control" stop
    APKG_PKG_STATUS=upgrade /bin/sh "/$1/CONTROL/pre-install.sh" || return 1
    APKG_PKG_STATUS=upgrade /bin/sh "$app/CONTROL/pre-uninstall.sh"
    rm -rf "$app"
    unpack "$1"
    APKG_PKG_STATUS=upgrade /bin/sh "$app/CONTROL/post-install.sh" || return 1
    /bin/sh "$control" start
}

uninstall() {
    /bin/sh "$control" stop
    APKG_PKG_STATUS=uninstall /bin/sh "$app/CONTROL/pre-uninstall.sh"
    cp "$app/CONTROL/post-uninstall.sh" /tmp/post
    rm -rf "$app"
    APKG_PKG_STATUS=uninstall /bin/sh /tmp/post
}

act install and start
expect install install v1 install
expect start /bin/sh "$control" start 3>/tmp/centre 7>&1
is_well_brought_up "$(cat "$app/var/run/beacon.pid")" "$app/var/data"
events_are pre-install post-install boot pre-start post-start
echo one >"$app/var/data/page"
expect serves serves one
expect "settings" [ -f "$app/var/etc/beacon.toml" ]
code_is 0 /bin/sh "$control" status

act start again is nothing
expect "second start" /bin/sh "$control" start
expect reload /bin/sh "$control" reload


act stop, twice
expect stop /bin/sh "$control" stop
expect "second stop" /bin/sh "$control" stop
code_is 3 /bin/sh "$control" status
events_are pre-stop post-stop

act power cut while it runs: a stale pid file, then a stranger with that id
expect start /bin/sh "$control" start
events_are pre-start post-start
pid=$(cat "$app/var/run/beacon.pid")
kill -9 "$pid"
sleep 1
code_is 1 /bin/sh "$control" status
sleep 300 &
stranger=$!
echo "$stranger" >"$app/var/run/beacon.pid"
expect "stop without a daemon" /bin/sh "$control" stop
expect "the stranger lives" kill -0 "$stranger"
echo "$stranger" >"$app/var/run/beacon.pid"
expect "start over a stale pid file" /bin/sh "$control" start
expect serves serves one
: >/trace

act upgrade
echo 'greeting = 2' >"$app/var/etc/beacon.toml"
expect upgrade upgrade v2
expect version [ "$(cat "$app/share/version")" = 2.0.0 ]
expect "data is back" serves one
expect "settings are back" [ "$(cat "$app/var/etc/beacon.toml")" = 'greeting = 2' ]
refuse "nothing is left aside" [ -e "$kept" ]
events_are pre-stop post-stop pre-upgrade post-upgrade boot pre-start post-start

act manual installation over it, with the status install and no stop
expect reinstall install v1 install
expect start /bin/sh "$control" start
expect "data is back" serves one
events_are pre-stop post-stop pre-upgrade post-upgrade boot pre-start post-start

act power cut between pre-install and post-install, the old version boots
/bin/sh "$control" stop
APKG_PKG_STATUS=upgrade /bin/sh /v2/CONTROL/pre-install.sh
expect "data is aside" [ -f "$kept/data/page" ]
expect start /bin/sh "$control" start
expect "data is back" serves one
refuse "nothing is left aside" [ -e "$kept" ]

act the same, and the package centre tries again
/bin/sh "$control" stop
APKG_PKG_STATUS=upgrade /bin/sh /v2/CONTROL/pre-install.sh
: >/trace
expect upgrade upgrade v2
expect "data is back" serves one
events_are pre-upgrade post-upgrade boot pre-start post-start

act the same, and the files are gone too
/bin/sh "$control" stop
APKG_PKG_STATUS=upgrade /bin/sh /v2/CONTROL/pre-install.sh
rm -rf "$app"
: >/trace
expect "install anew" install v2 install
expect start /bin/sh "$control" start
expect "data is back" serves one
events_are pre-upgrade post-upgrade boot pre-start post-start

act data in both places: what the app has stays, nothing is deleted
/bin/sh "$control" stop
mkdir -p "$kept/data"
echo old >"$kept/data/page"
expect start /bin/sh "$control" start
expect "the app's own" serves one
expect "the other" [ "$(cat "$kept.1/data/page")" = old ]
rm -rf "$kept.1"
: >/trace

act snapshot restore
/bin/sh "$app/CONTROL/pre-snapshot-restore.sh"
code_is 3 /bin/sh "$control" status
/bin/sh "$app/CONTROL/post-snapshot-restore.sh"
code_is 0 /bin/sh "$control" status
events_are pre-snapshot-restore pre-stop post-stop post-snapshot-restore pre-start post-start

act uninstall keeps the data, a later installation finds it
uninstall
events_are pre-stop post-stop pre-uninstall post-uninstall
expect "only the data is left" [ "$(ls -A /usr/local/AppCentral)" = .beacon.kept ]
expect "only data and settings" [ "$(ls -A "$kept" | tr '\n' ' ')" = 'data etc ' ]
expect install install v2 install
expect start /bin/sh "$control" start
expect "data is back" serves one
events_are pre-install post-install boot pre-start post-start
/bin/sh "$control" stop

act a daemon that ends at once
cp "$app/bin/brief" "$app/bin/httpd.new"
mv "$app/bin/httpd" "$app/bin/httpd.good"
mv "$app/bin/httpd.new" "$app/bin/httpd"
refuse "a start that cannot work" /bin/sh "$control" start
expect "its words are in the log" grep -q 'cannot go on' "$app/var/log/beacon.log"
expect "and ours" grep -q 'ended right after its start' "$app/var/log/beacon.log"
code_is 3 /bin/sh "$control" status
mv "$app/bin/httpd.good" "$app/bin/httpd"

act a failing step stops the start
busybox sed 's/^echo pre-start.*/false\necho not reached >>\/trace/' "$control" >/tmp/failing
: >/trace
refuse "a start with a failing step" /bin/sh /tmp/failing start
events_are
code_is 3 /bin/sh "$control" status

act data on another file system is copied, and never half
/bin/sh "$control" stop
busybox sed 's|^kept=.*|kept=/dev/shm/kept|' "$app/CONTROL/pre-uninstall.sh" >/tmp/away
busybox sed 's|^kept=.*|kept=/dev/shm/kept|' "$app/CONTROL/start-stop.sh" >/tmp/back
APKG_PKG_STATUS=switch /bin/sh /tmp/away
refuse "it went" [ -e "$app/var" ]
expect "it is there" [ "$(cat /dev/shm/kept/data/page)" = one ]
mkdir -p /dev/shm/kept.part/data
/bin/sh /tmp/back start
expect "it came back" serves one
expect "nothing is left" [ -z "$(ls -A /dev/shm)" ]
is_well_brought_up "$(cat "$app/var/run/beacon.pid")" "$app/var/data"
/bin/sh "$control" stop

kill "$stranger"
echo "scenario done"
