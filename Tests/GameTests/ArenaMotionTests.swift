import Game
import Testing

struct ArenaMotionTests {
    private func path(_ x0: Int, _ y0: Int, _ x1: Int, _ y1: Int) -> Arena.Path {
        Arena.Path(start: Arena.Point(x: x0, y: y0), end: Arena.Point(x: x1, y: y1))
    }

    /// Steps of a dash, along the x axis from 0 to 1,080, and what lies beside them.
    @Test(arguments: [
        ("in the middle of the way", 540, 300, true), ("as near as can be", 540, 350, true),
        ("one too far", 540, 351, false),
        ("behind the start", -350, 0, true), ("too far behind", -351, 0, false), ("beyond the end", 1_430, 0, true),
        ("too far beyond", 1_431, 0, false), ("beside the corner", 1_080 + 300, 300, false),
    ])
    func whatLiesOnTheWayIsMet(_ what: String, _ x: Int, _ y: Int, _ isMet: Bool) {
        let dash = self.path(5_000, 5_000, 6_080, 5_000)
        #expect(dash.passes(Arena.Point(x: 5_000 + x, y: 5_000 + y), within: 350) == isMet)
        #expect(dash.passes(Arena.Point(x: 5_000 + x, y: 5_000 - y), within: 350) == isMet)
    }

    @Test func twoThatCrossOnlyMeetAtTheSameMoment() {
        let across = self.path(0, 500, 1_000, 500)
        #expect(across.passes(self.path(500, 0, 500, 1_000), within: 10), "both are in the middle at half time")
        #expect(!across.passes(self.path(500, 2_000, 500, 500), within: 10), "the other comes later")
        #expect(self.path(0, 0, 1_000, 0).passes(self.path(1_000, 0, 0, 0), within: 1), "head on")
    }

    @Test func standingStillIsMetWhereItStands() {
        let still = self.path(100, 100, 100, 100)
        #expect(still.passes(Arena.Point(x: 103, y: 104), within: 5))
        #expect(!still.passes(Arena.Point(x: 103, y: 104), within: 4))
    }

    /// Beside a search along the way in small steps.
    @Test func sweepingFindsWhatSamplingFinds() {
        var random = Randomness(seed: 11)
        var met = 0
        for _ in 0..<2_000 {
            let draw = { (random: inout Randomness) in (random.below(4_000), random.below(4_000)) }
            let (a, b, c, d) = (draw(&random), draw(&random), draw(&random), draw(&random))
            let distance = 200 + random.below(1_000)
            let nearest =
                (0...1_000).map { step in
                    let t = Double(step) / 1_000
                    let x = Double(a.0 - c.0) + t * Double(b.0 - a.0 - d.0 + c.0)
                    let y = Double(a.1 - c.1) + t * Double(b.1 - a.1 - d.1 + c.1)
                    return (x * x + y * y).squareRoot()
                }.min() ?? 0
            // What is this close to the edge, sampling cannot tell.
            guard abs(nearest - Double(distance)) > 12 else { continue }
            let passes = self.path(a.0, a.1, b.0, b.1).passes(self.path(c.0, c.1, d.0, d.1), within: distance)
            #expect(passes == (nearest < Double(distance)))
            met += passes ? 1 : 0
        }
        #expect((200...1_800).contains(met), "both answers must come up for the test to mean anything")
    }
}
