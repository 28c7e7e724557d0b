import type { JSX } from 'preact';
import type { Labels } from '../../api/live';
import type { Point, QueryData } from '../../api/prometheus';
import { formatDateTime, formatInteger } from '../../format';

const rowsMax = 500;

interface Row {
  metric: Labels;
  points: Point[];
}

function rowsOf(data: QueryData): Row[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value }) => ({ metric, points: [value] }));
    case 'matrix':
      return data.result.map(({ metric, values }) => ({ metric, points: values }));
    default:
      return [{ metric: {}, points: [data.result] }];
  }
}

export function resultCount(data: QueryData): number {
  return data.resultType === 'scalar' || data.resultType === 'string' ? 1 : data.result.length;
}

/** The answer as numbers, exactly as the server wrote them. */
export function ResultTable({ data }: { data: QueryData }): JSX.Element {
  const rows = rowsOf(data);
  return (
    <>
      {rows.length > rowsMax && (
        <p class="note">
          The first {rowsMax} of {formatInteger(rows.length)} rows are shown.
        </p>
      )}
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Result">
        <table class="result">
          <thead>
            <tr>
              <th scope="col">Series</th>
              <th scope="col" class="number">
                {data.resultType === 'matrix' ? 'Values' : 'Value'}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, rowsMax).map((row, index) => (
              <tr key={index}>
                <td>{data.resultType === 'scalar' ? 'scalar' : <SeriesName labels={row.metric} />}</td>
                <td class="number">
                  <Values points={row.points} withTimes={data.resultType === 'matrix'} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** A series' name and labels, set so that the values stand out. */
function SeriesName({ labels }: { labels: Labels }): JSX.Element {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest);
  return (
    <span class="series-name">
      <b>{name}</b>
      {(pairs.length > 0 || name === '') && '{'}
      {pairs.map(([key, value], index) => (
        <span key={key}>
          {index > 0 && ', '}
          <span class="muted">{key}=</span>
          {JSON.stringify(value)}
        </span>
      ))}
      {(pairs.length > 0 || name === '') && '}'}
    </span>
  );
}

const pointsMax = 20;

function Values({ points, withTimes }: { points: Point[]; withTimes: boolean }): JSX.Element {
  if (!withTimes) return <>{points[0]?.[1]}</>;
  return (
    <>
      {points.slice(-pointsMax).map(([seconds, value]) => (
        <div key={seconds}>
          {value} <span class="muted">@ {formatDateTime(seconds * 1000)}</span>
        </div>
      ))}
      {points.length > pointsMax && (
        <div class="muted">
          the last {pointsMax} of {formatInteger(points.length)}
        </div>
      )}
    </>
  );
}
