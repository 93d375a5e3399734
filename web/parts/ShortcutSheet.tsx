import { useState } from 'react'
import { partWords } from '../words/parts.js'
import { useWords } from '../words/words.js'
import { type Action, characterKeys } from './Actions.js'
import { Dialog } from './Dialog.js'
import { Checkbox } from './Field.js'
import { Kbd } from './Kbd.js'
import styles from './ShortcutSheet.module.css'

/** Every key that does something on this page. */
export default function ShortcutSheet({ actions, onClose }: { actions: Action[]; onClose: () => void }) {
  const t = useWords(partWords)
  const [characters, setCharacters] = useState(characterKeys.on())
  const everywhere = [
    { id: 'palette', label: t('sheet.palette'), keys: 'Ctrl+K', group: t('sheet.everywhere') },
    { id: 'sheet', label: t('sheet.sheet'), keys: '?', group: t('sheet.everywhere') },
  ]
  const withKeys = [...actions.filter(action => action.keys), ...everywhere]
  const groups = [...new Set(withKeys.map(action => action.group))]
  return (
    <Dialog title={t('sheet.title')} open onClose={onClose}>
      {groups.map(group => (
        <section key={group}>
          <h3>{group}</h3>
          <ul>
            {withKeys
              .filter(action => action.group === group)
              .map(action => (
                <li key={action.id} className={styles.line}>
                  <span>{action.label}</span>
                  <span className="unseen">{action.keys}</span>
                  <Kbd keys={action.keys ?? ''} />
                </li>
              ))}
          </ul>
        </section>
      ))}
      <Checkbox
        value={characters}
        onChange={on => {
          characterKeys.set(on)
          setCharacters(on)
        }}
      >
        {t('sheet.characters')}
      </Checkbox>
    </Dialog>
  )
}
