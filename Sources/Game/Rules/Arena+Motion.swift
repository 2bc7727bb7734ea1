extension Arena {
    /// A place in the square: 0…59,999 on both axes.
    package struct Point: Hashable, Sendable {
        package var x: Int
        package var y: Int

        package init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }

        /// One tick further; walls stop.
        func moved(_ direction: (x: Int, y: Int), at speed: Int) -> Point {
            let isDiagonal = direction.x != 0 && direction.y != 0
            let step = isDiagonal ? speed * 707 / 1000 : speed
            return Point(
                x: (self.x + direction.x * step).clamped(to: Arena.bounds),
                y: (self.y + direction.y * step).clamped(to: Arena.bounds))
        }

        static func - (left: Point, right: Point) -> Point { Point(x: left.x - right.x, y: left.y - right.y) }

        /// The scalar product of two vectors.
        static func * (left: Point, right: Point) -> Int { left.x * right.x + left.y * right.y }

        var x16: UInt16 { UInt16(clamping: self.x) }
        var y16: UInt16 { UInt16(clamping: self.y) }

        func combine(into hash: inout FNV1a) {
            hash.combine(self.x16)
            hash.combine(self.y16)
        }
    }

    /// Where something went within one tick, at an even pace.
    package struct Path: Hashable, Sendable {
        package let start: Point
        package let end: Point

        package init(start: Point, end: Point) {
            self.start = start
            self.end = end
        }

        /// Whether the two come as near as `distance` at any moment of the tick: at the end alone, a fast one would jump
        /// over what it hits.
        package func passes(_ other: Path, within distance: Int) -> Bool {
            Path(start: self.start - other.start, end: self.end - other.end).passesOrigin(within: distance)
        }

        package func passes(_ point: Point, within distance: Int) -> Bool {
            self.passes(Path(start: point, end: point), within: distance)
        }

        /// The largest product here stays below 2^57: places differ by less than 2^16, steps by less than 2^12.
        private func passesOrigin(within distance: Int) -> Bool {
            let step = self.end - self.start
            let length = step * step
            // How far along the step the nearest point lies, times its length.
            let nearest = 0 - self.start * step
            if nearest <= 0 { return self.start * self.start <= distance * distance }
            if nearest >= length { return self.end * self.end <= distance * distance }
            let cross = self.start.x * step.y - self.start.y * step.x
            return cross * cross <= distance * distance * length
        }
    }
}

extension Int {
    fileprivate func clamped(to range: ClosedRange<Int>) -> Int {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
