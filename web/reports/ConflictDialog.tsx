import { Button } from '../parts/Button.js'
import { Dialog } from '../parts/Dialog.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { useWords } from '../words/words.js'
import styles from './ConflictDialog.module.css'
import { sectionNames } from './draft.js'
import type { Draft } from './use-draft.js'

/** Two texts of one report, side by side: a person chooses, nothing is overwritten by itself. */
export function ConflictDialog({ draft }: { draft: Draft }) {
  const t = useWords(reportWords)
  const formats = useFormats()
  const { other } = draft
  if (!other) return null
  return (
    <Dialog
      title={t('conflict.title')}
      open
      size="l"
      grave
      foot={
        <>
          <Button onPress={draft.takeOther}>{t(`conflict.take.${other.from}`)}</Button>
          <Button look="go" onPress={draft.keepMine}>
            {t('conflict.keepHere')}
          </Button>
        </>
      }
    >
      <p>{t(`conflict.text.${other.from}`)}</p>
      <div className={styles.sides}>
        <h3>{t('conflict.here')}</h3>
        <h3>
          {t(`conflict.there.${other.from}`)} · {formats.moment(other.at)}
        </h3>
        {sectionNames.map(name => {
          const same = draft.sections[name] === other.sections[name]
          return (
            <section key={name} className={styles.section} data-same={same} aria-label={t(`section.${name}`)}>
              <h4>
                {t(`section.${name}`)}
                {same ? ` · ${t('conflict.same')}` : ''}
              </h4>
              <p>{draft.sections[name] || t('section.empty')}</p>
              <p>{other.sections[name] || t('section.empty')}</p>
            </section>
          )
        })}
      </div>
    </Dialog>
  )
}
