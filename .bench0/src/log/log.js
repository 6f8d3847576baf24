export const TOPICS = ["frames", "receipts", "records", "dead-letters", "events"];
