import { SlidersHorizontal, X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../parts/Button.js'
import buttonStyles from '../parts/Button.module.css'
import { Checkbox } from '../parts/Checkbox.js'
import { Flyout } from '../parts/Flyout.js'
import { TextField } from '../parts/TextField.js'
import { useWords } from '../words/words.js'
import { worklistWords } from '../words/worklist.js'
import { columnIds, type OwnView, withList } from './own-view.js'
import styles from './Worklist.module.css'

/** Which columns are shown, and what is in sight as a list of one's own. */
export function ListSettings({
  view,
  query,
  onChange,
}: {
  view: OwnView
  /** Of the address now. */
  query: string
  onChange: (next: OwnView) => void
}) {
  const t = useWords(worklistWords)
  const [name, setName] = useState('')
  const save = () => {
    if (name.trim() === '') return
    onChange(withList(view, { name: name.trim(), query }))
    setName('')
  }
  return (
    <Flyout
      label={t('settings')}
      button={<SlidersHorizontal aria-hidden />}
      buttonClass={[
        buttonStyles['button'],
        buttonStyles['quiet'],
        buttonStyles['m'],
        buttonStyles['square'],
      ].join(' ')}
      panelClass={styles.settings}
    >
      {() => (
        <>
          <fieldset className={styles.choices}>
            <legend>{t('columns')}</legend>
            {columnIds.map(id => (
              <Checkbox
                key={id}
                value={view.columns.includes(id)}
                onChange={on =>
                  onChange({
                    ...view,
                    columns: columnIds.filter(one => (one === id ? on : view.columns.includes(one))),
                  })
                }
              >
                {t(`column.${id}`)}
              </Checkbox>
            ))}
          </fieldset>
          <form
            className={styles.choices}
            onSubmit={event => {
              event.preventDefault()
              save()
            }}
          >
            <TextField
              label={t('save.name')}
              value={name}
              onChange={setName}
              maxLength={40}
              autoComplete="off"
            />
            <Button type="submit" isDisabled={name.trim() === ''}>
              {t('save')}
            </Button>
          </form>
          {view.lists.length > 0 ? (
            <ul className={styles.choices}>
              {view.lists.map(list => (
                <li key={list.name} className="row">
                  <span>{list.name}</span>
                  <span className="push">
                    <Button
                      size="s"
                      look="quiet"
                      icon={<X aria-hidden />}
                      aria-label={t('forget', { name: list.name })}
                      onPress={() =>
                        onChange({ ...view, lists: view.lists.filter(({ name }) => name !== list.name) })
                      }
                    />
                  </span>
                </li>
              ))}
            </ul>
          ) : null}
          <small>{t('kept')}</small>
        </>
      )}
    </Flyout>
  )
}
