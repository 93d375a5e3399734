import type { TemplateContent, TemplateVersionView } from '../../node/reports/view.js'
import type { ListView } from '../../node/requests/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Tag } from '../parts/Tag.js'
import { sectionNames } from '../reports/draft.js'
import { useFormats } from '../words/format.js'
import { reportWords } from '../words/reports.js'
import { templateWords } from '../words/templates.js'
import { useWords } from '../words/words.js'
import styles from './Templates.module.css'

/** What a template of the group said before, by whom; a former text is taken up again by saving it anew. */
export function TemplateVersions({
  template,
  onTake,
}: {
  template: string
  /** Absent where the person may not change it. */
  onTake: ((version: TemplateVersionView) => void) | undefined
}) {
  const t = useWords(templateWords)
  const formats = useFormats()
  const found = useData<ListView<TemplateVersionView>>(
    ['templates', template],
    `/api/templates/${template}/versions`,
  )
  if (found.error && !found.data)
    return <ErrorBox trouble={found.error} onRetry={() => void found.refetch()} />
  if (!found.data) return <Skeleton lines={2} />
  const { items } = found.data
  return (
    <section className={styles.versions}>
      <h2>{t('versions', { n: items.length })}</h2>
      <ol>
        {items.map((version, at) => (
          <li key={version.revision}>
            <details>
              <summary title={formats.exact(version.at)}>
                {t('versions.one', {
                  revision: version.revision,
                  by: version.by,
                  at: formats.moment(version.at),
                })}{' '}
                {at === 0 ? <Tag tone="ok">{t('versions.now')}</Tag> : null}
              </summary>
              <Text content={version} />
              {at > 0 && onTake ? (
                <Button onPress={() => onTake(version)}>{t('versions.take')}</Button>
              ) : null}
            </details>
          </li>
        ))}
      </ol>
    </section>
  )
}

function Text({ content }: { content: TemplateContent }) {
  const r = useWords(reportWords)
  const { title, modalities, regions, sections, shortcut, text } = content
  return (
    <>
      <p>
        <strong>{title}</strong> <span className="second">{[...modalities, ...regions].join(', ')}</span>
      </p>
      {sections ? (
        <dl>
          {sectionNames
            .filter(name => sections[name].trim() !== '')
            .map(name => (
              <div key={name}>
                <dt>{r(`section.${name}`)}</dt>
                <dd>{sections[name]}</dd>
              </div>
            ))}
        </dl>
      ) : (
        <p>
          /{shortcut} · {text}
        </p>
      )}
    </>
  )
}
