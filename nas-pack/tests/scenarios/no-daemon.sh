# An app without a daemon, that wants its data removed with it, by every vendor's package centre in short.
if [ -d /v1/CONTROL ]; then
    export APKG_PKG_DIR=/usr/local/AppCentral/beacon
    place=/usr/local/AppCentral
    mkdir -p "$place"
    APKG_PKG_STATUS=install /bin/sh /v1/CONTROL/pre-install.sh || fail pre-install
    cp -a /v1/files "$APKG_PKG_DIR"
    cp -a /v1/CONTROL "$APKG_PKG_DIR"
    APKG_PKG_STATUS=install /bin/sh /v1/CONTROL/post-install.sh || fail post-install
    data=$APKG_PKG_DIR/var/data
    control="/bin/sh $APKG_PKG_DIR/CONTROL/start-stop.sh"
    events="pre-install post-install boot pre-start post-start pre-stop post-stop pre-stop post-stop"
    uninstall() {
        APKG_PKG_STATUS=uninstall /bin/sh "$APKG_PKG_DIR/CONTROL/pre-uninstall.sh" || fail pre-uninstall
        rm -rf "$APKG_PKG_DIR"
        mkdir "$place/.beacon.kept" # of an upgrade long ago
        APKG_PKG_STATUS=uninstall /bin/sh /v1/CONTROL/post-uninstall.sh || fail post-uninstall
    }
elif [ -d /v1/scripts ] && grep -q @appdata /v1/scripts/postinst; then
    export SYNOPKG_PKGDEST=/volume1/@appstore/beacon
    place=/volume1
    settings=/usr/syno/etc/packages
    mkdir -p "$SYNOPKG_PKGDEST" /var/packages/beacon "$settings"
    ln -s "$SYNOPKG_PKGDEST" /var/packages/beacon/target
    cp -R /v1/files/. "$SYNOPKG_PKGDEST"
    for script in preinst postinst; do
        SYNOPKG_PKG_STATUS=INSTALL /bin/sh /v1/scripts/$script || fail $script
    done
    data=$place/@appdata/beacon/data
    control="/bin/sh /v1/scripts/start-stop-status"
    events="pre-install post-install boot pre-start post-start pre-stop post-stop"
    uninstall() {
        SYNOPKG_PKG_STATUS=UNINSTALL /bin/sh /v1/scripts/preuninst || fail preuninst
        rm -rf "$place/@appstore" /var/packages/beacon
        SYNOPKG_PKG_STATUS=UNINSTALL /bin/sh /v1/scripts/postuninst || fail postuninst
        expect "no settings" [ -z "$(ls -A "$settings")" ]
    }
elif [ -d /v1/scripts ]; then
    export SYNOPKG_PKGVAR=/var/packages/beacon/var
    place=$SYNOPKG_PKGVAR
    mkdir -p "$place" /var/packages/beacon/etc /var/packages/beacon/tmp
    cp -R /v1/files /var/packages/beacon/target
    for script in preinst postinst; do
        SYNOPKG_PKG_STATUS=INSTALL /bin/sh /v1/scripts/$script || fail $script
    done
    data=$place/data
    control="/bin/sh /v1/scripts/start-stop-status"
    events="pre-install post-install boot pre-start post-start pre-stop post-stop"
    uninstall() {
        for script in preuninst postuninst; do
            SYNOPKG_PKG_STATUS=UNINSTALL /bin/sh /v1/scripts/$script || fail $script
        done
        refuse settings [ -e /var/packages/beacon/etc/beacon.toml ]
    }
else
    place=/mnt/HD/HD_a2/Nas_Prog
    mkdir -p "$place/_install"
    cp -a /v1/beacon "$place/_install/beacon"
    /bin/sh "$place/_install/beacon/install.sh" "$place/_install/beacon" "$place" || fail install
    rmdir "$place/_install"
    /bin/sh "$place/beacon/init.sh" "$place/beacon" || fail init
    data=$place/.beacon/data
    control="/bin/sh $place/beacon/service.sh"
    events="pre-install post-install boot pre-start post-start pre-stop post-stop"
    uninstall() {
        /bin/sh "$place/beacon/clean.sh" "$place/beacon" || fail clean
        /bin/sh "$place/beacon/remove.sh" "$place/beacon" || fail remove
    }
fi
expect "data folder" [ -d "$data" ]
code_is 3 $control status
expect start $control start
code_is 0 $control status
expect stop $control stop
code_is 3 $control status
uninstall
events_are $events pre-uninstall post-uninstall
expect "nothing is left" [ -z "$(ls -A "$place")" ]
echo "scenario done"
