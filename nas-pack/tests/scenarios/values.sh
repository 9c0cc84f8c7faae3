# Values that try to become code. The daemon writes down what it was called with.
home=/var/packages/beacon
export SYNOPKG_PKGVAR=$home/var
evil='a'\''b"c $(touch /pwned) `touch /pwned` $HOME \ * ; -n & | < > # ! ~ ü'
name=$(echo "$evil" | busybox sed 's|/|_|g')
mkdir -p "$home/target/bin" "$home/target/share" "$home/var" "$home/etc" "$home/tmp"
echo 'greeting = 1' >"$home/target/share/beacon.toml"
cat >"$home/target/bin/$name" <<'DAEMON'
#!/bin/sh
printf '<%s>\n' "$@" "$EVIL" >called
while :; do sleep 1; done
DAEMON
chmod 755 "$home/target/bin/$name"
cp -R /v1/scripts "$home/scripts"

expect install /bin/sh "$home/scripts/postinst"
expect start /bin/sh "$home/scripts/start-stop-status" start
code_is 0 /bin/sh "$home/scripts/start-stop-status" status
printf '<%s>\n' "$evil" "--x=$home/var/data/it's {here}" "" "$evil" >/tmp/expected
expect "as it was written" busybox cmp /tmp/expected "$home/var/data/called"
/bin/sh "$home/scripts/start-stop-status" reload
expect stop /bin/sh "$home/scripts/start-stop-status" stop
code_is 3 /bin/sh "$home/scripts/start-stop-status" status
refuse "nothing was run" [ -e /pwned ]
echo "scenario done"
