// Where the time of one entry went, stage by stage in the order of the road.
import type { JSX } from "preact";
import type { Timings } from "../../model/record.ts";
import { stagesOf } from "./stages.ts";
import { duration } from "./words.ts";

export function Waterfall({ timings }: { timings: Timings }): JSX.Element {
  const stages = stagesOf(timings);
  return (
    <table class="waterfall">
      <caption class="unseen">Where the time went</caption>
      <tbody>
        {stages.map((stage) => (
          <tr key={stage.name}>
            <th scope="row">{stage.name}</th>
            <td class="bar-cell">
              <span
                class={`bar ${stage.name}`}
                style={{ marginLeft: `${stage.from * 100}%`, width: `${stage.share * 100}%` }}
              />
            </td>
            <td class="n">{duration(stage.ms)}</td>
          </tr>
        ))}
        <tr>
          <th scope="row">total</th>
          <td />
          <td class="n">{duration(timings.total)}</td>
        </tr>
      </tbody>
    </table>
  );
}
