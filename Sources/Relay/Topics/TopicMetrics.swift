/// What one loop's part of the kind `topics` has counted.
struct TopicMetrics {
    var store: TopicStore.Counts
    var requests: Requests.Counts
    /// Values merged away on the way to viewers, as these were told.
    var valuesMerged: Int
}
