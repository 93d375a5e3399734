import type { ActivityView } from '../../node/activity/view.js'
import { useAddress } from '../api/url.js'
import { TextField } from '../parts/Field.js'
import { Picker } from '../parts/Picker.js'
import { activityWords as words } from '../words/activity.js'
import { useWords } from '../words/words.js'
import styles from './Activity.module.css'
import { type PeriodId, periodIds, periodOf } from './periods.js'

export const filterNames = ['site', 'group', 'radiologist', 'modality', 'kind', 'urgency'] as const

/** All of it lives in the address. */
export function Filters({ known, own }: { known: ActivityView['known'] | undefined; own: boolean }) {
  const t = useWords(words)
  const { get, set } = useAddress()
  const period = (get('period') || 'month') as PeriodId
  const { from, to } = periodOf(period, get('from'), get('to'))
  const choice = (name: (typeof filterNames)[number], options: { id: string; label: string }[]) =>
    options.length < 2 && get(name) === '' ? null : (
      <Picker
        label={t(`filter.${name}`)}
        value={get(name) || 'any'}
        onChange={id => set({ [name]: id === 'any' ? '' : id })}
        options={[{ id: 'any', label: t('any', { what: t(`filter.${name}`) }) }, ...options]}
      />
    )
  const named = (items: { id: string; name: string }[] | undefined) =>
    (items ?? []).map(({ id, name }) => ({ id, label: name }))
  return (
    <>
      <Picker
        label={t('period')}
        value={period}
        onChange={id => set(id === 'chosen' ? { period: id, from, to } : { period: id, from: '', to: '' })}
        options={periodIds.map(id => ({ id, label: t(`period.${id}`) }))}
      />
      {period === 'chosen' ? (
        <>
          <div className={styles.date}>
            <TextField
              label={t('from')}
              hideLabel
              type="date"
              value={from}
              onChange={day => set({ from: day })}
            />
          </div>
          <div className={styles.date}>
            <TextField label={t('to')} hideLabel type="date" value={to} onChange={day => set({ to: day })} />
          </div>
        </>
      ) : null}
      {choice('site', named(known?.sites))}
      {choice('group', named(known?.groups))}
      {own ? null : choice('radiologist', named(known?.radiologists))}
      {choice(
        'modality',
        (known?.modalities ?? []).map(id => ({ id, label: id })),
      )}
      {choice(
        'kind',
        (['reading', 'opinion'] as const).map(id => ({ id, label: t(`kind.${id}`) })),
      )}
      {choice(
        'urgency',
        (['emergency', 'urgent', 'routine'] as const).map(id => ({ id, label: t(`urgency.${id}`) })),
      )}
    </>
  )
}
