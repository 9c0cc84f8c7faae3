# WD: everything of the old app is run before it is deleted, and nothing tells an upgrade from a removal but the order.
progs=/mnt/HD/HD_a2/Nas_Prog
app=$progs/beacon
kept=$progs/.beacon
mkdir -p "$progs/_install" /var/www/apps

upload() { # VERSION
    cp -a "/$1/beacon" "$progs/_install/beacon"
}

install() { # VERSION
    upload "$1"
    /bin/sh "$progs/_install/beacon/install.sh" "$progs/_install/beacon" "$progs" || return 1
    /bin/sh "$app/init.sh" "$app"
    /bin/sh "$app/start.sh" "$app"
}

upgrade() { # VERSION
    for script in stop clean preinst remove; do
        /bin/sh "$app/$script.sh" "$app"
    done
    refuse "the old app is gone" [ -e "$app" ]
    install "$1"
}

uninstall() {
    for script in stop clean remove; do
        /bin/sh "$app/$script.sh" "$app"
    done
}

act install
expect install install v1 3>/tmp/centre 7>&1
is_well_brought_up "$(cat "$kept/run/beacon.pid")" "$kept/data"
events_are pre-install post-install boot pre-start post-start
echo one >"$kept/data/page"
expect serves serves one
expect "settings" [ -f "$kept/etc/beacon.toml" ]
expect "page" [ "$(cat /var/www/beacon/index.html)" = moved ]
expect "embedded page" [ "$(cat /var/www/apps/beacon/index.html)" = moved ]
code_is 0 /bin/sh "$app/service.sh" status
expect "start again is nothing" /bin/sh "$app/start.sh" "$app"

act off and on
expect stop /bin/sh "$app/stop.sh" "$app"
code_is 3 /bin/sh "$app/service.sh" status
expect start /bin/sh "$app/start.sh" "$app"
events_are pre-stop post-stop pre-start post-start

act shutdown and boot: the links are gone meanwhile, as on OS3
/bin/sh "$app/stop.sh" "$app"
/bin/sh "$app/clean.sh" "$app"
expect "no links" [ -z "$(ls /var/www | grep -v apps)$(ls /var/www/apps)" ]
: >/trace
/bin/sh "$app/init.sh" "$app"
expect start /bin/sh "$app/start.sh" "$app"
events_are boot pre-start post-start
expect "page" [ "$(cat /var/www/beacon/index.html)" = moved ]

act upgrade
echo 'greeting = 2' >"$kept/etc/beacon.toml"
expect upgrade upgrade v2
expect version [ "$(cat "$app/share/version")" = 2.0.0 ]
expect "data is there" serves one
expect "settings are there" [ "$(cat "$kept/etc/beacon.toml")" = 'greeting = 2' ]
events_are pre-stop post-stop pre-upgrade post-upgrade boot pre-start post-start

act a failing step does not make a removal of an upgrade
busybox sed 's|echo pre-upgrade|false|' "$app/preinst.sh" >/tmp/preinst
cp /tmp/preinst "$app/preinst.sh"
expect upgrade upgrade v2
expect "data is there" serves one
events_are pre-stop post-stop post-upgrade boot pre-start post-start

act power cut in an upgrade: the app is gone, then installed anew
for script in stop clean preinst remove; do
    /bin/sh "$app/$script.sh" "$app"
done
: >/trace
expect install install v1
expect "data is there" serves one
events_are post-upgrade boot pre-start post-start

act power cut before the removal: the old app boots, and is removed for good later
/bin/sh "$app/stop.sh" "$app"
/bin/sh "$app/preinst.sh" "$app"
/bin/sh "$app/init.sh" "$app"
expect start /bin/sh "$app/start.sh" "$app"
: >/trace

act uninstall keeps data and settings
uninstall
events_are pre-stop post-stop pre-uninstall post-uninstall
refuse "the app is gone" [ -e "$app" ]
expect "no links" [ -z "$(ls /var/www | grep -v apps)$(ls /var/www/apps)" ]
expect "only data and settings" [ "$(ls -A "$kept" | tr '\n' ' ')" = 'data etc ' ]
refuse "no process" busybox pidof httpd

act the arguments that WD documents
upload v2
/bin/sh "$progs/_install/beacon/install.sh" "$progs/_install/beacon" "$progs/beacon" || fail install
expect "in place" [ -f "$app/start.sh" ]
/bin/sh "$app/init.sh"
/bin/sh "$app/start.sh"
expect "data is there" serves one
uninstall

act nothing is deleted but the folder of the app
mkdir /precious
refuse "a wrong argument" /bin/sh /v1/beacon/remove.sh /precious
expect precious [ -d /precious ]
echo "scenario done"
