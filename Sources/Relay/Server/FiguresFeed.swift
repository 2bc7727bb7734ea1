import MQTT
import NIOCore
import SocketIO
import SocketIOServer

/// Tells a broker again and again that the relay is online, since the Will of a link that was lost without the broker's
/// knowing may come after the word of the next one. Lives on the first loop.
final class PresenceFeed {
    private let task: RepeatedTask

    /// Nil: the broker is not to be told.
    init?(over bridge: Bridge, eventLoop: any EventLoop) {
        guard let presence = bridge.presence else { return nil }
        let interval = RelayPresence.interval
        self.task = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            if bridge.current.isUp { bridge.offer(presence.online) }
        }
    }

    func stop() { self.task.cancel() }
}

/// Publishes the relay's figures at a broker again and again. Lives on the first loop.
final class FiguresFeed {
    private let task: RepeatedTask

    /// Nil: the broker is not to be told.
    init?(_ broker: RelayConfiguration.Broker, over bridge: Bridge, shard: Shard) {
        guard let interval = broker.metrics.map({ TimeAmount($0) }), let presence = bridge.presence else { return nil }
        let (start, hub, eventLoop) = (NIODeadline.now(), shard.hub, shard.eventLoop)
        self.task = eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            guard bridge.current.isUp else { return }
            RelayFigures.collect(from: hub, on: eventLoop).whenSuccess { figures in
                let json = figures.json(at: Clock.milliseconds(), uptime: .now() - start)
                bridge.offer(Publication(topic: presence.metrics, payload: json.bytes, qos: .atMostOnce, retain: false))
            }
        }
    }

    func stop() { self.task.cancel() }
}
