import type { JSX } from 'preact';
import { formatInteger } from '../../format';

export interface Column<Row> {
  title: string;
  value: (row: Row) => number | string;
  /** Words; numbers are set to the right. */
  text?: true;
  /** Something to look at. */
  warns?: (row: Row) => boolean;
  /** What the words mean, on hover. */
  note?: (row: Row) => string;
}

interface StatusTableProps<Row> {
  id: string;
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
}

/** Things of one kind, a row each. */
export function StatusTable<Row>({ id, label, columns, rows }: StatusTableProps<Row>): JSX.Element {
  const kindOf = ({ text }: Column<Row>): string => (text === true ? '' : 'number');
  return (
    <div class="table-scroll" tabIndex={0} role="region" aria-label={label}>
      <table id={id}>
        <thead>
          <tr>
            {columns.map(column => (
              <th key={column.title} scope="col" class={kindOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {columns.map(column => {
                const value = column.value(row);
                return (
                  <td
                    key={column.title}
                    class={`${kindOf(column)} ${column.warns?.(row) === true ? 'warn' : ''}`}
                    title={column.note?.(row)}
                  >
                    {typeof value === 'number' ? formatInteger(value) : value}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
