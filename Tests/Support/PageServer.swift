import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Serves the files of one folder over HTTP on a free loopback port, for a browser to open.
package final class PageServer: Sendable {
    package let port: Int
    private let channel: any Channel

    package var url: String { "http://127.0.0.1:\(self.port)" }

    /// Serves a folder of this package, named by its path from the root.
    package init(folder: String) async throws {
        let root = PackageLayout.file(folder)
        self.channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PageHandler(root: root))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        self.port = self.channel.localAddress?.port ?? 0
    }

    package func stop() async { try? await self.channel.close().get() }
}

private final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let root: URL

    init(root: URL) { self.root = root }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(let head) = self.unwrapInboundIn(data) else { return }
        let name = head.uri.prefix { $0 != "?" }.split(separator: "/").last.map(String.init) ?? ""
        let content = try? Data(contentsOf: self.root.appendingPathComponent(name))
        let type = name.hasSuffix(".js") ? "text/javascript" : "text/html; charset=utf-8"
        let body = ByteBuffer(bytes: content ?? Data())
        let headers: HTTPHeaders = ["Content-Type": type, "Content-Length": "\(body.readableBytes)"]
        let answer = HTTPResponseHead(version: .http1_1, status: content == nil ? .notFound : .ok, headers: headers)
        context.write(self.wrapOutboundOut(.head(answer)), promise: nil)
        context.write(self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
