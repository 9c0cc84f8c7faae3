# Makes the box around itself and becomes its first process. Arguments: the folder of its root, that of the simulation's own files, then
# pairs of a folder of this machine and where it is to be seen, read-only.
#
# It runs in namespaces of its own, as their root.
set -e
root=$1 sim=$2
shift 2
PATH=$sim/bin
export PATH

mount --bind "$root" "$root"
cd "$root"
mkdir -p proc dev bin .sim .old
mount -t proc proc proc
mount -t tmpfs -o mode=755,size=1m dev dev
for device in null zero full random urandom tty; do
    : >"dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir dev/shm dev/pts
chmod 1777 dev/shm
ln -s /proc/self/fd dev/fd
ln -s fd/0 dev/stdin
ln -s fd/1 dev/stdout
ln -s fd/2 dev/stderr
read_only() { # FROM TO
    mkdir -p "$2"
    mount --bind "$1" "$2"
    # In a user's namespace only a mount as restricted as the one before is allowed.
    mount -o remount,bind,ro,nosuid,nodev "$2"
}
read_only "$sim" .sim
mount --bind "$sim/io" .sim/io
read_only "$sim/programs" bin
while [ "$#" -gt 0 ]; do
    read_only "$1" "$root$2"
    shift 2
done
pivot_root . .old
cd /
PATH=/.sim/bin
umount -l /.old
rmdir /.old
exec /.sim/busybox sh /.sim/init
