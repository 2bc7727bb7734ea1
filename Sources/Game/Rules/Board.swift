/// The cells of a board game for two, numbered row by row from the top.
package struct Board: Hashable, Sendable {
    /// What lies on a cell, as its character in a snapshot. X is who moved first.
    package enum Cell: UInt8, Sendable {
        case empty = 0x2e  // "."
        case x = 0x58  // "X"
        case o = 0x4f  // "O"
    }

    package let columns: Int
    package let rows: Int
    private var cells: [Cell]

    /// An empty board.
    package init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        self.cells = Array(repeating: .empty, count: columns * rows)
    }

    package var count: Int { self.cells.count }

    /// Nil beside the board.
    package subscript(column: Int, row: Int) -> Cell? {
        guard (0..<self.columns).contains(column), (0..<self.rows).contains(row) else { return nil }
        return self.cells[row * self.columns + column]
    }

    package func isFree(_ cell: Int) -> Bool {
        self.cells.indices.contains(cell) && self.cells[cell] == .empty
    }

    package var isFull: Bool { !self.cells.contains(.empty) }

    /// The characters of the cells in their order: `XO.......`.
    package var characters: [UInt8] { self.cells.map(\.rawValue) }

    /// Puts a piece on a free cell.
    package mutating func place(_ piece: Cell, at cell: Int) {
        guard self.isFree(cell) else { return }
        self.cells[cell] = piece
    }

    /// Whether the piece on this cell is part of `length` alike in a row, a column or a diagonal.
    package func hasLine(of length: Int, through cell: Int) -> Bool {
        [(1, 0), (0, 1), (1, 1), (1, -1)].contains { right, down in
            1 + self.alike(from: cell, right, down) + self.alike(from: cell, -right, -down) >= length
        }
    }

    /// How many cells in this direction hold what this one holds, one after the other.
    private func alike(from cell: Int, _ right: Int, _ down: Int) -> Int {
        var (row, column) = cell.quotientAndRemainder(dividingBy: self.columns)
        guard let piece = self[column, row], piece != .empty else { return 0 }
        var count = 0
        while self[column + right, row + down] == piece {
            (column, row, count) = (column + right, row + down, count + 1)
        }
        return count
    }
}
