import Glibc
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// Writes recordings to disk, on a thread of its own: no event loop waits for a disk. From any thread.
final class RecordingStore: Sendable {
    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let logger: Logger
    private let waiting = NIOLockedValueBox(0)

    /// Most bytes that wait for the disk, of all recordings together. What comes when there are as many ends its
    /// recording: the room goes on.
    private static let maximumWaiting = 32 * 1_024 * 1_024

    init(logger: Logger) {
        self.logger = logger
        self.thread.start()
    }

    /// A new file; none is ever written over.
    func open(_ path: String) -> RecordingFile {
        let file = RecordingFile(path, store: self)
        self.perform { file.create() }
        return file
    }

    /// Writes what waits, and ends.
    func stop() async {
        await withCheckedContinuation { continuation in
            self.perform { continuation.resume() }
        }
        try? await self.thread.shutdownGracefully()
    }

    fileprivate func perform(_ work: @escaping @Sendable () -> Void) {
        self.thread.submit { _ in work() }
    }

    /// Counts bytes that are to wait for the disk; false, and not counted, where there are too many.
    fileprivate func reserve(_ bytes: Int) -> Bool {
        self.waiting.withLockedValue { waiting in
            guard bytes <= Self.maximumWaiting - waiting else { return false }
            waiting += bytes
            return true
        }
    }

    fileprivate func release(_ bytes: Int) {
        self.waiting.withLockedValue { $0 -= bytes }
    }

    fileprivate func report(_ file: RecordingFile, _ reason: String) {
        self.logger.error(
            "a recording ends before its room", metadata: ["relay.recording": "\(file.path)", "reason": "\(reason)"])
    }
}

/// One recording on its way to disk. From any thread; the descriptor is the store's thread's.
final class RecordingFile: Sendable {
    let path: String
    private let store: RecordingStore
    /// Nothing more is taken.
    private let hasEnded = NIOLockedValueBox(false)
    /// Below 0: not open.
    private let descriptor = NIOLockedValueBox<CInt>(-1)

    fileprivate init(_ path: String, store: RecordingStore) {
        self.path = path
        self.store = store
    }

    /// The recording was closed, or given up.
    var isEnded: Bool { self.hasEnded.withLockedValue(\.self) }

    func append(_ bytes: ByteBuffer) {
        guard !self.isEnded else { return }
        let count = bytes.readableBytes
        guard self.store.reserve(count) else { return self.abandon("the disk cannot keep up") }
        self.store.perform {
            self.write(bytes)
            self.store.release(count)
        }
    }

    /// Nothing more is to come.
    func close() {
        self.hasEnded.withLockedValue { $0 = true }
        self.store.perform { self.closeDescriptor() }
    }

    /// Gives the recording up. The file keeps what is in it, without a footer: it counts as truncated.
    func abandon(_ reason: String) {
        let isFirst = self.hasEnded.withLockedValue { hasEnded in
            defer { hasEnded = true }
            return !hasEnded
        }
        guard isFirst else { return }
        self.store.report(self, reason)
        self.store.perform { self.closeDescriptor() }
    }

    // MARK: On the store's thread

    fileprivate func create() {
        let descriptor = Glibc.open(self.path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return self.abandon(String(cString: strerror(errno))) }
        self.descriptor.withLockedValue { $0 = descriptor }
    }

    private func write(_ bytes: ByteBuffer) {
        let descriptor = self.descriptor.withLockedValue(\.self)
        guard descriptor >= 0 else { return }
        var rest = bytes
        while rest.readableBytes > 0 {
            let written = rest.withUnsafeReadableBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { return self.abandon(String(cString: strerror(errno))) }
            rest.moveReaderIndex(forwardBy: written)
        }
    }

    private func closeDescriptor() {
        let descriptor = self.descriptor.withLockedValue { descriptor in
            defer { descriptor = -1 }
            return descriptor
        }
        if descriptor >= 0 { Glibc.close(descriptor) }
    }
}
