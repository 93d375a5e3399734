import type { FlowView } from '../../node/exchange/view.js'
import { type Formats, useFormats } from '../words/format.js'
import { routes as words } from '../words/routes.js'
import { useWords } from '../words/words.js'
import styles from './Map.module.css'

/** In few signs, for the picture: the same stands in words below it. */
export function flowWords({ direction, instances, bytesPerSecond }: FlowView, format: Formats): string {
  const count = instances.of === undefined ? `${instances.moved}` : `${instances.moved}/${instances.of}`
  const rate = bytesPerSecond === undefined ? '' : ` · ${format.bytes(bytesPerSecond)}/s`
  return `${direction === 'in' ? '↓' : '↑'} ${count}${rate}`
}

/** What moves now, peer by peer. */
export function FlowList({ flows }: { flows: FlowView[] }) {
  const r = useWords(words)
  const format = useFormats()
  return (
    <section className={styles.flows} aria-labelledby="flows">
      <h2 id="flows">{r('flows')}</h2>
      {flows.length === 0 ? (
        <p className="third">{r('flows.none')}</p>
      ) : (
        <ul>
          {flows.map(({ peer, direction, studies, instances, bytesPerSecond }) => (
            <li key={`${peer} ${direction}`}>
              <b>{r(`flow.${direction}`, { peer })}</b>
              <span>{r('flow.studies', { n: studies })}</span>
              <span>
                {instances.of === undefined
                  ? r('flow.images', { n: instances.moved })
                  : r('flow.images.of', { n: instances.moved, of: instances.of })}
              </span>
              {bytesPerSecond === undefined ? null : <span>{format.bytes(bytesPerSecond)}/s</span>}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
