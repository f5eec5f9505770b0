/**
 * A table whose rows are kept for a time and then gone. Its primary key is `id`, made by `newId`, so that the
 * key is also the time. Names and conditions are written in the code, never read from anywhere.
 *
 * By partition: a range of ids is one partition, dropped as a whole. For tables in which nothing but `id` is
 * unique: an index that is unique over all partitions must hold the key they are made by.
 * By row: deleted in batches, where a unique index over all rows guards something.
 */
export type RetainedTable = PartitionedTable | DeletedTable;

interface Retained {
  /** With its schema. */
  readonly table: string;
  /** SQL condition of a row that may not go yet, however old. */
  readonly open?: string;
  /** Column of the time from which a row is kept. */
  readonly since: string;
}

export interface PartitionedTable extends Retained {
  readonly by: 'partition';
  /** Storage parameters of a partition: they are not inherited. */
  readonly storage?: string;
}

export interface DeletedTable extends Retained {
  readonly by: 'row';
}
