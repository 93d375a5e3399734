import { useEffect, useState } from 'react'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { TextField } from '../parts/Field.js'
import { Select } from '../parts/Select.js'
import { journal as words } from '../words/journal.js'
import { useWords } from '../words/words.js'
import { useFactWords } from './fact-words.js'
import styles from './Journal.module.css'

export const filterNames = ['type', 'site', 'subject', 'from', 'to'] as const

const typingMs = 300

export function Filters({ onClear }: { onClear?: () => void }) {
  const t = useWords(words)
  const { get, set } = useAddress()
  const { factOf } = useFactWords()
  const types = useData<{ items: string[] }>(['journal'], '/api/journal/types', { staleTimeMs: 60_000 })
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites')
  const known = (types.data?.items ?? [])
    .map(id => ({ id, label: factOf(id) }))
    .sort((a, b) => a.label.localeCompare(b.label))
  return (
    <>
      <Select
        label={t('filter.type')}
        value={get('type') || 'any'}
        onChange={id => set({ type: id === 'any' ? '' : id })}
        options={[{ id: 'any', label: t('filter.types') }, ...known]}
      />
      {sites.data && sites.data.items.length > 1 ? (
        <Select
          label={t('filter.site')}
          value={get('site') || 'any'}
          onChange={id => set({ site: id === 'any' ? '' : id })}
          options={[
            { id: 'any', label: t('filter.sites') },
            ...sites.data.items.map(site => ({ id: site.id, label: site.name })),
          ]}
        />
      ) : null}
      <Subject value={get('subject')} onChange={subject => set({ subject }, { replace: true })} />
      <div className={styles.date}>
        <TextField
          label={t('filter.from')}
          type="date"
          value={get('from')}
          onChange={from => set({ from })}
        />
      </div>
      <div className={styles.date}>
        <TextField label={t('filter.to')} type="date" value={get('to')} onChange={to => set({ to })} />
      </div>
      {onClear ? (
        <Button look="quiet" onPress={onClear}>
          {t('filter.clear')}
        </Button>
      ) : null}
    </>
  )
}

function Subject({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const t = useWords(words)
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  useEffect(() => {
    if (typed.trim() === value) return
    const timer = setTimeout(() => onChange(typed.trim()), typingMs)
    return () => clearTimeout(timer)
  })
  return (
    <div className={styles.subject}>
      <TextField
        label={t('filter.subject')}
        placeholder={t('filter.subject.hint')}
        value={typed}
        onChange={setTyped}
        spellCheck={false}
        autoComplete="off"
        maxLength={64}
      />
    </div>
  )
}
