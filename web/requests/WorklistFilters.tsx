import { Search } from 'lucide-react'
import { memo, type RefObject } from 'react'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import { useAddress } from '../api/url.js'
import { Button } from '../parts/Button.js'
import { Picker } from '../parts/Picker.js'
import { TextField } from '../parts/TextField.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { useInWords } from './in-words.js'
import { ListSettings } from './ListSettings.js'
import type { OwnView } from './own-view.js'
import styles from './Worklist.module.css'

const modalities = ['CT', 'MR', 'DX', 'CR', 'US', 'MG', 'PT', 'NM', 'XA']

/** What the list is cut down to: kept in the address. */
export const WorklistFilters = memo(function WorklistFilters({
  q,
  site,
  modality,
  bySite,
  narrow,
  own,
  onOwn,
  query,
  box,
}: {
  q: string
  site: string
  modality: string
  /** For who reads for several sites. */
  bySite: boolean
  narrow: boolean
  own: OwnView
  onOwn: (next: OwnView) => void
  /** Of the address now. */
  query: string
  box: RefObject<HTMLInputElement | null>
}) {
  const t = useWords(requestWords)
  const inWords = useInWords()
  const address = useAddress()
  const sites = useData<ListView<SiteView>>(['sites'], '/api/sites').data?.items ?? []
  return (
    <div className={styles.filters}>
      <div className={styles.search}>
        <TextField
          label={t('filter.label')}
          hideLabel
          type="search"
          placeholder={t('filter.placeholder')}
          before={<Search aria-hidden="true" />}
          value={q}
          onChange={q => address.set({ q }, { replace: true })}
          inputRef={box}
          autoComplete="off"
          spellCheck={false}
        />
      </div>
      {bySite ? (
        <Picker
          label={t('filter.site')}
          value={site || 'any'}
          onChange={site => address.set({ site: site === 'any' ? '' : site })}
          options={[
            { id: 'any', label: t('filter.anySite') },
            ...sites
              .filter(site => site.kind === 'requesting')
              .map(site => ({ id: site.id, label: site.name })),
          ]}
        />
      ) : null}
      <Picker
        label={t('filter.modality')}
        value={modality || 'any'}
        onChange={modality => address.set({ modality: modality === 'any' ? '' : modality })}
        options={[
          { id: 'any', label: t('filter.anyModality') },
          ...modalities.map(code => ({ id: code, label: inWords.modalityChoice(code) })),
        ]}
      />
      {q || site || modality ? (
        <Button look="quiet" onPress={() => address.set({ q: '', site: '', modality: '' })}>
          {t('filter.clear')}
        </Button>
      ) : null}
      {narrow ? null : <ListSettings view={own} query={query} onChange={onOwn} />}
    </div>
  )
})
