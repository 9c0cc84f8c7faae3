"""Prints as JSON what Python's own modules find in a package: facts.py VENDOR FILE. Judges nothing."""

import gzip, hashlib, io, json, struct, sys, tarfile, zipfile
from xml.etree import ElementTree


def gzip_facts(data):
    magic, method, flags, mtime, extra, system = struct.unpack("<2sBBIBB", data[:10])
    # Several members one after another would hide: old unpackers stop after the first.
    import zlib
    inflate = zlib.decompressobj(wbits=31)
    inflate.decompress(data)
    return {"magic": magic.hex(), "method": method, "flags": flags, "mtime": mtime, "extra": extra, "os": system,
            "trailing": len(inflate.unused_data)}


def tar_facts(data):
    """Members of an uncompressed tar, with what the raw headers say of the dialect."""
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
        members = [{"name": m.name, "type": m.type.decode(), "mode": f"{m.mode:04o}", "uid": m.uid, "gid": m.gid,
                    "uname": m.uname, "gname": m.gname, "mtime": m.mtime, "size": m.size, "link": m.linkname,
                    "pax": sorted(m.pax_headers), "raw": data[m.offset:m.offset + 100].split(b"\0")[0].decode()}
                   for m in tar.getmembers()]
    return {"magic": data[257:265].hex(), "length": len(data), "members": members}


def packed_tar(data):
    return {"gzip": gzip_facts(data), "tar": tar_facts(gzip.decompress(data))}


def file_of(data, name):
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.extractfile(name).read()


def png_size(data):
    return list(struct.unpack(">II", data[16:24])) if data[:8] == b"\x89PNG\r\n\x1a\n" else None


def asustor(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        control, data = archive.read("control.tar.gz"), archive.read("data.tar.gz")
        return {
            "comment": archive.comment.decode(),
            "members": [{"name": i.filename, "method": i.compress_type, "flags": i.flag_bits, "system": i.create_system,
                         "made": i.create_version, "needs": i.extract_version, "mode": f"{i.external_attr >> 16:o}",
                         "extra": len(i.extra), "comment": len(i.comment), "date": list(i.date_time)}
                        for i in archive.infolist()],
            "version": archive.read("apkg-version").decode(),
            "control": packed_tar(control),
            "data": packed_tar(data),
            "config": json.loads(file_of(control, "./config.json")),
            "icon": png_size(file_of(control, "./icon.png")),
        }


def synology(path):
    data = open(path, "rb").read()
    with tarfile.open(path, "r:") as tar:
        read = lambda name: tar.extractfile(name).read()
        package = read("package.tgz")
        return {
            "tar": tar_facts(data),
            "info": read("INFO").decode(),
            "md5": hashlib.md5(package).hexdigest(),
            "package": packed_tar(package),
            "icons": {name: png_size(read(name)) for name in ("PACKAGE_ICON.PNG", "PACKAGE_ICON_256.PNG")},
            "privilege": json.loads(read("conf/privilege")),
            "resource": json.loads(read("conf/resource")),
            "desktop": json.loads(file_of(package, "./ui/config")),
        }


def wd(path, header):
    data = open(path, "rb").read()
    head, payload = data[:header], data[header:]
    checksum = 0
    for (word,) in struct.iter_unpack("<I", payload[:len(payload) // 4 * 4]):
        checksum ^= word
    words = lambda at, count: list(struct.unpack(f"<{count}I", head[at:at + 4 * count]))
    tar = gzip.decompress(payload)
    xml = ElementTree.fromstring(file_of(tar, "beacon/apkg.xml"))
    rc = file_of(tar, "beacon/apkg.rc").decode()
    return {
        "magic": head[:8].hex(), "name": head[8:76].rstrip(b"\0").decode(), "version": head[76:112].rstrip(b"\0").decode(),
        # apkg_version, product_id, custom_id, model_id; then app_id (OS5 only) and signed; the last two close the header.
        "fixed": words(112, 4), "then": words(128, 2), "rest": sum(head[136:header - 8]),
        "checksum": words(header - 8, 1)[0], "length": words(header - 4, 1)[0],
        "real_checksum": checksum, "real_length": len(payload),
        "payload": {"gzip": gzip_facts(payload), "tar": tar_facts(tar)},
        "xml": [[item.tag, item.text or ""] for item in xml.find("apkg/item")],
        "xml_text": file_of(tar, "beacon/apkg.xml").decode(),
        "rc": dict(line.split(":", 1) for line in rc.splitlines() if ":" in line),
        "sign": file_of(tar, "beacon/apkg.sign").hex(),
        "icon": png_size(file_of(tar, "beacon/web/beacon.png")) if "beacon/web/beacon.png" in
                tarfile.open(fileobj=io.BytesIO(tar)).getnames() else None,
    }


READERS = {"asustor": asustor, "synology": synology, "wd-os5": lambda p: wd(p, 204), "wd-os3": lambda p: wd(p, 200)}
json.dump(READERS[sys.argv[1]](sys.argv[2]), sys.stdout)
