import TestSupport
import Testing

/// Plain HTTP as browsers use it.
@Suite("topics over HTTP in a browser", .serialized, .timeLimit(.minutes(5)))
struct TopicsBrowserTests {
    @Test("EventSource gets last values and live ones, and after a loss comes back for what it missed")
    func eventSource() async throws {
        try await withTopics { setting in
            try await setting.device.publish("devices/one/telemetry", "1")
            try await setting.device.publish("devices/two/telemetry", "10")
            _ = try await setting.value(of: "devices/two/telemetry")
            // All of the page's traffic, so that its connection can be cut.
            let proxy = try await TCPProxy(to: setting.relay.port)
            try await withBrowser { browser in
                let page = try await browser.openPage("http://127.0.0.1:\(proxy.port)/healthz")
                _ = try await page.evaluate(
                    """
                    seen = []; opened = 0;
                    source = new EventSource("/api/events?filter=devices/%2B/telemetry");
                    source.onopen = () => opened += 1;
                    source.addEventListener("telemetry", (event) => {
                      const value = JSON.parse(event.data);
                      seen.push([value.topic, value.payload, event.lastEventId]);
                    });
                    null
                    """)
                try await page.wait(until: "seen.length === 2", within: .seconds(60))
                try await setting.device.publish("devices/one/telemetry", "2")
                try await page.wait(until: "seen.length === 3", within: .seconds(60))

                proxy.close()
                try await page.wait(until: "source.readyState === EventSource.CONNECTING", within: .seconds(60))
                try await setting.device.publish("devices/one/telemetry", "3")
                proxy.open()
                try await page.wait(until: "opened === 2 && seen.length >= 4", within: .seconds(60))
                try await setting.device.publish("devices/two/telemetry", "11")
                try await page.wait(until: "seen.length >= 5", within: .seconds(60))
                let payloads = try await page.evaluate("seen.map((event) => event[1])")
                // Not 10 once more: that was seen.
                #expect(payloads.array.map { Set($0.prefix(2).compactMap(\.int)) } == [1, 10])
                #expect(payloads.array.map { $0.dropFirst(2).compactMap(\.int) } == [2, 3, 11])
                #expect(try await page.evaluate("seen[4][2] > seen[2][2]") == true)
                _ = try await page.evaluate("source.close()")
                try await eventually("the stream's end", within: .seconds(60)) {
                    try await setting.metric("relay_event_streams") == 0
                }
            }
            await proxy.stop()
        }
    }

    @Test("fetch polls with 304 while nothing changes, by itself and by hand, and waits for what does")
    func polling() async throws {
        try await withTopics { setting in
            let value = "[" + (0..<2_000).map(String.init).joined(separator: ",") + "]"
            try await setting.device.publish("devices/one/telemetry", value)
            _ = try await setting.value(of: "devices/one/telemetry")
            try await withBrowser { browser in
                let page = try await browser.openPage("\(setting.relay.url)/healthz")
                let url = "/api/topics/devices/one/telemetry"
                let first = try await page.evaluate(
                    """
                    fetch("\(url)").then(async (answer) => {
                      tag = answer.headers.get("etag");
                      return [answer.status, (await answer.json()).length, answer.headers.get("content-encoding")];
                    })
                    """)
                #expect(first == [200, 2_000, "gzip"])
                // The browser asks with what it has, and gets no body.
                let again = try await page.evaluate(
                    """
                    fetch("\(url)").then(async (answer) => {
                      const length = (await answer.json()).length;
                      const sizes = performance.getEntriesByName(new URL("\(url)", location).href);
                      return [answer.status, length, sizes[0].transferSize > 1000, sizes[1].transferSize < 1000];
                    })
                    """)
                #expect(again == [200, 2_000, true, true])
                let known = try await page.evaluate(
                    """
                    fetch("\(url)", { headers: { "If-None-Match": tag }, cache: "no-store" })
                      .then((answer) => answer.status)
                    """)
                #expect(known == 304)

                _ = try await page.evaluate(
                    """
                    news = null;
                    fetch("\(url)?wait=50", { headers: { "If-None-Match": tag }, cache: "no-store" })
                      .then((answer) => answer.json()).then((json) => news = json);
                    null
                    """)
                try await setting.untilWaiting(1)
                try await setting.device.publish("devices/one/telemetry", #""news""#)
                try await page.wait(until: #"news === "news""#, within: .seconds(60))
            }
        }
    }
}
