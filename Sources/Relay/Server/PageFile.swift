/// A file of the first page, part of the program.
struct PageFile {
    let path: String
    let type: String
    let bytes: [UInt8]

    static let all: [PageFile] = [
        PageFile(path: "/", type: "text/html; charset=utf-8", bytes: PackageResources.index_html),
        PageFile(path: "/style.css", type: "text/css; charset=utf-8", bytes: PackageResources.style_css),
        PageFile(path: "/devices.js", type: "text/javascript; charset=utf-8", bytes: PackageResources.devices_js),
    ]
}
