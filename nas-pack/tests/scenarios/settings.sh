# The life of a settings file, behind the functions of a vendor's scenario.
if [ -d /v1/CONTROL ]; then
    file=$app/var/etc/settings.toml
    after=$kept/etc/settings.toml
    first() { install v1 install; }
    start() { /bin/sh "$control" start; }
    stop() { /bin/sh "$control" stop; }
elif [ -d /v1/scripts ]; then
    file=${settings:-$home/etc}/settings.toml
    after=$file
    first() { install v1; }
    start() { hook "$home" start-stop-status START start; }
    stop() { hook "$home" start-stop-status STOP stop; }
else
    file=$kept/etc/settings.toml
    after=$file
    first() { install v1; }
    start() { /bin/sh "$app/start.sh" "$app"; }
    stop() { /bin/sh "$app/stop.sh" "$app"; }
fi

is_right() { # FILE
    rights=$(ls -ln "$1" | busybox awk '{ print $1, $3 }')
    [ "$rights" = "-rw------- $daemon_uid" ] || fail "$1 has the rights $rights, not those of $daemon_uid"
}

has() { # LINE
    busybox grep -qxF "$1" "$file" || { cat "$file"; fail "there is no line: $1"; }
}

lines() {
    busybox grep -c = "$file"
}

act an installation has the defaults
expect install first
is_right "$file"
has 'title = "Beacon"'
has 'count = 3'
has 'shines = true'
has 'theme = "dark"'
expect "nothing secret" [ "$(lines)" -eq 4 ]
expect start start

act what a user changes stays, at a start and in an upgrade, and what is new is added
{
    echo '# mine'
    echo "title = 'Mine' # all mine"
    echo 'count = 7'
    echo 'older = "of an older version"'
} >"$file"
made=$(busybox stat -c %i "$file")
expect stop stop
echo 'shines = false' >>"$file"
echo 'theme = "light"' >>"$file"
expect start start
expect "the same file" [ "$(busybox stat -c %i "$file")" = "$made" ]
busybox sed -i /theme/d "$file"
expect upgrade upgrade v2
has '# mine'
has "title = 'Mine' # all mine"
has 'count = 7'
has 'older = "of an older version"'
has 'shines = false'
has 'theme = "dark"'
expect "nothing else" [ "$(lines)" -eq 5 ]
is_right "$file"

act a file that was deleted comes back at the next start
expect stop stop
rm -f "$file"
expect start start
is_right "$file"
has 'title = "Beacon"'
expect "nothing beside it" [ -z "$(ls -A "${file%/*}" | grep -v -E '^(settings.toml|beacon.toml(.bak)?)$')" ]

act only the removal of data takes it away
echo 'title = "Mine"' >"$file"
expect uninstall uninstall
if [ "$removes_data" = true ]; then
    refuse "a file" [ -e "$after" ]
else
    expect "the file" [ "$(cat "$after")" = 'title = "Mine"' ]
fi
echo "scenario done"
