import { type FormEvent, useState } from 'react'
import type { ImportIdentity } from '../../node/imports/view.js'
import type { ListView } from '../../node/requests/view.js'
import type { SiteView } from '../../node/sites/view.js'
import { useData } from '../api/data.js'
import { Button } from '../parts/Button.js'
import { Choices, TextField } from '../parts/Field.js'
import { useFormats } from '../words/format.js'
import { imports as words } from '../words/imports.js'
import { useWords } from '../words/words.js'
import styles from './Imports.module.css'

/** Somebody nobody proposed: what the hospital knows them by, with what the disc says under each field. */
export function OtherPerson({
  disc,
  discAccession,
  site,
  onUse,
  onChange,
}: {
  disc: ImportIdentity
  discAccession: string
  site: string
  onUse: (identity: ImportIdentity, accession: string) => void
  onChange: () => void
}) {
  const t = useWords(words)
  const format = useFormats()
  const sites = useData<Pick<ListView<SiteView>, 'items'>>(['sites'], '/api/sites')
  const own = sites.data?.items.find(({ id }) => id === site)?.issuer
  const [discFamily = '', discGiven = ''] = disc.PatientName.split('^')
  const [form, setForm] = useState({
    family: '',
    given: '',
    born: '',
    sex: '' as '' | 'F' | 'M' | 'O',
    id: '',
    issuer: undefined as string | undefined,
    accession: '',
  })
  const change = (changes: Partial<typeof form>) => {
    setForm(before => ({ ...before, ...changes }))
    onChange()
  }
  const issuer = form.issuer ?? own ?? ''
  const hint = (value: string) => t('new.disc', { value: value || t('absent') })
  const isWhole = form.family.trim() !== '' && form.id.trim() !== ''
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!isWhole) return
    onUse(
      {
        PatientName: form.given.trim() ? `${form.family.trim()}^${form.given.trim()}` : form.family.trim(),
        PatientBirthDate: form.born.replaceAll('-', ''),
        PatientSex: form.sex,
        PatientID: form.id.trim(),
        IssuerOfPatientID: issuer.trim(),
      },
      form.accession.trim(),
    )
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextField
        label={t('new.family')}
        hint={hint(discFamily)}
        required
        autoFocus
        maxLength={64}
        value={form.family}
        onChange={family => change({ family })}
      />
      <TextField
        label={t('new.given')}
        hint={hint(discGiven)}
        maxLength={64}
        value={form.given}
        onChange={given => change({ given })}
      />
      <TextField
        label={t('new.born')}
        hint={hint(format.day(disc.PatientBirthDate))}
        type="date"
        value={form.born}
        onChange={born => change({ born })}
      />
      <Choices
        label={t('field.PatientSex')}
        hint={hint(disc.PatientSex)}
        value={form.sex}
        onChange={sex => change({ sex })}
        choices={(['F', 'M', 'O'] as const).map(id => ({ id, label: t(`sex.${id}`) }))}
      />
      <TextField
        label={t('new.id')}
        hint={hint(disc.PatientID)}
        required
        maxLength={64}
        value={form.id}
        onChange={id => change({ id })}
      />
      <TextField
        label={t('new.issuer')}
        hint={hint(disc.IssuerOfPatientID)}
        maxLength={64}
        value={issuer}
        onChange={next => change({ issuer: next })}
      />
      <TextField
        label={t('new.accession')}
        hint={hint(discAccession)}
        optional
        maxLength={16}
        value={form.accession}
        onChange={accession => change({ accession })}
      />
      <div className={styles.formFoot}>
        <Button type="submit" look="go" isDisabled={!isWhole}>
          {t('new.use')}
        </Button>
      </div>
    </form>
  )
}
