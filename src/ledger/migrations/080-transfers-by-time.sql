-- For statements, which read a stretch of time. A block-range index costs the writer next to nothing: transfers come in the order of time.
create index transfer_time on ledger.transfer using brin (recorded_at);
