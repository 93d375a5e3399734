import { ArrowLeftRight, Check, ImageOff, Images as ImagesIcon } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { ConflictView, DifferenceView } from '../../node/studies/view.js'
import { useData } from '../api/data.js'
import { useActions } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { Empty } from '../parts/Empty.js'
import { ErrorBox } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { Table } from '../parts/Table.js'
import { Tag } from '../parts/Tag.js'
import { birthOf, nameOf } from '../studies/patient.js'
import { conflicts as words } from '../words/conflicts.js'
import { useFormats } from '../words/format.js'
import { knownKey } from '../words/known.js'
import { useWords } from '../words/words.js'
import styles from './Conflicts.module.css'
import { Decide } from './Decide.js'
import { Pictures } from './Pictures.js'

/** One question: the two sides of every difference, and what each answer does. */
export function Conflict({ id, onDecided }: { id: string; onDecided: () => void }) {
  const t = useWords(words)
  const found = useData<ConflictView>(['conflicts'], `/api/conflicts/${id}`)
  if (found.error?.code === 'missing')
    return (
      <Empty icon={<ImageOff aria-hidden />} title={t('missing')}>
        {t('missing.text')}
      </Empty>
    )
  if (found.error && !found.data) return <ErrorBox trouble={found.error} onRetry={() => found.refetch()} />
  if (!found.data) return <Skeleton lines={8} height={28} />
  return <Question conflict={found.data} onDecided={onDecided} />
}

function Question({ conflict, onDecided }: { conflict: ConflictView; onDecided: () => void }) {
  const t = useWords(words)
  const format = useFormats()
  const [deciding, setDeciding] = useState<'accept' | 'keep' | null>(null)
  const [shown, setShown] = useState(0)
  const { members, common, varying, kind, instances, decision } = conflict
  const may = (what: 'accept' | 'keep') => conflict.may.includes(what)
  const turn = (by: number) => setShown(at => Math.min(members.length - 1, Math.max(0, at + by)))
  useActions([
    may('accept') && {
      id: 'conflict-accept',
      group: t('group'),
      label: t('accept'),
      keys: 'a',
      run: () => setDeciding('accept'),
    },
    may('keep') && {
      id: 'conflict-keep',
      group: t('group'),
      label: t('keep'),
      keys: 'g',
      run: () => setDeciding('keep'),
    },
    {
      id: 'member-next',
      group: t('group'),
      label: t('member.next'),
      keys: 'n',
      keyOnly: true,
      run: () => turn(1),
    },
    {
      id: 'member-previous',
      group: t('group'),
      label: t('member.previous'),
      keys: 'p',
      keyOnly: true,
      run: () => turn(-1),
    },
  ])
  const member = members[shown]
  return (
    <article className={styles.question} aria-label={`${t(`kind.${kind}`)} · ${nameOf(conflict)}`}>
      <header className={styles.head}>
        <div>
          <h2>{nameOf(conflict) || t('unknown')}</h2>
          <span className="second">{birthOf(conflict, format, sex => t(`sex.${sex}`))}</span>{' '}
          <span className="third">{conflict.PatientID}</span>
        </div>
        <Link href={`/studies/${conflict.StudyInstanceUID}`} className={styles.study}>
          <ImagesIcon size={15} aria-hidden /> {t('study')}
        </Link>
      </header>
      <p>
        {t(`says.${kind}`, { n: instances, source: conflict.source })}{' '}
        {conflict.state === 'open' ? t('says.held') : ''}
      </p>
      {decision ? (
        <p className={styles.decision}>
          <Check size={15} aria-hidden />
          <span>
            {t(`decided.${conflict.state === 'accepted' ? 'accepted' : 'kept'}`, {
              by: decision.by,
              time: format.moment(decision.at),
            })}
            <q>{decision.reason}</q>
          </span>
        </p>
      ) : null}
      {member && kind === 'pixels' ? (
        <Pictures conflict={conflict.id} member={member} at={shown} of={members.length} onTurn={turn} />
      ) : null}
      <section>
        <h3>{t('differences')}</h3>
        {common.length > 0 ? (
          <>
            <p className="second">{t('common.all', { n: instances })}</p>
            <Differences list={common} />
          </>
        ) : kind === 'correction' ? (
          <p className="second">{t('common.none')}</p>
        ) : null}
        {kind === 'pixels' && member && member.differences.length > 0 ? (
          <Differences list={member.differences} />
        ) : null}
        {varying.length > 0 && kind === 'correction' ? (
          <>
            <p className={styles.varying}>{t('varying')}</p>
            <ul className={styles.attributes}>
              {varying.map(each => (
                <li key={each.attribute}>
                  <Attribute name={each.attribute} weight={each.weight} />
                  <small>{t('varying.line', { n: each.instances })}</small>
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </section>
      {conflict.may.length > 0 ? (
        <footer className={styles.answers}>
          <Button keys="G" onPress={() => setDeciding('keep')}>
            {t('keep')}
          </Button>
          <Button
            look="go"
            keys="A"
            icon={<ArrowLeftRight aria-hidden />}
            onPress={() => setDeciding('accept')}
          >
            {t('accept')}
          </Button>
        </footer>
      ) : null}
      {deciding ? (
        <Decide
          conflict={conflict}
          decision={deciding}
          onClose={() => setDeciding(null)}
          onDone={() => {
            setDeciding(null)
            onDecided()
          }}
        />
      ) : null}
    </article>
  )
}

/** The two sides, one row an attribute. */
export function Differences({ list }: { list: readonly DifferenceView[] }) {
  const t = useWords(words)
  return (
    <div className={styles.differences}>
      <Table caption={t('differences')} dense>
        <thead>
          <tr>
            <th scope="col">{t('column.attribute')}</th>
            <th scope="col">{t('column.kept')}</th>
            <th scope="col">{t('column.beside')}</th>
          </tr>
        </thead>
        <tbody>
          {list.map(({ attribute, weight, kept, beside }) => (
            <tr key={attribute}>
              <th scope="row">
                <Attribute name={attribute} weight={weight} />
              </th>
              <Side value={kept} other={beside} />
              <Side value={beside} other={kept} />
            </tr>
          ))}
        </tbody>
      </Table>
    </div>
  )
}

function Attribute({ name, weight }: { name: string; weight: DifferenceView['weight'] }) {
  const t = useWords(words)
  const key = knownKey(words, 'attribute.', name)
  return (
    <span className={styles.attribute}>
      {key ? <span title={name}>{t(key)}</span> : <span className="code">{name}</span>}
      {weight === 'identity' ? <Tag tone="gap">{t('identity')}</Tag> : null}
    </span>
  )
}

/** What the two share at both ends is plain; what lies between is marked. */
function Side({ value, other = '' }: { value: string | undefined; other: string | undefined }) {
  const t = useWords(words)
  if (value === undefined) return <td className="third">{t('absent')}</td>
  const [before, after] = sharedEnds(value, other)
  return (
    <td className={styles.side}>
      {value.slice(0, before)}
      {before + after < value.length ? <mark>{value.slice(before, value.length - after)}</mark> : null}
      {value.slice(value.length - after)}
    </td>
  )
}

function sharedEnds(value: string, other: string): [before: number, after: number] {
  const shorter = Math.min(value.length, other.length)
  let before = 0
  while (before < shorter && value[before] === other[before]) before += 1
  let after = 0
  while (after < shorter - before && value[value.length - 1 - after] === other[other.length - 1 - after])
    after += 1
  return [before, after]
}
