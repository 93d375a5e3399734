import { Volume2 } from 'lucide-react'
import { useState } from 'react'
import styles from '../account/Account.module.css'
import { chooseSounds, play, type SoundName, type Sounds, soundNames, soundsHere } from '../alarm/sounds.js'
import { Button } from '../parts/Button.js'
import { Picker } from '../parts/Picker.js'
import { reachWords } from '../words/reach.js'
import { useWords } from '../words/words.js'

const kinds = ['alarm', 'urgent', 'routine'] as const

/** Kept on this device: a reading room and a telephone sound different. */
export function SoundChoices() {
  const t = useWords(reachWords)
  const [sounds, setSounds] = useState(soundsHere)
  const choose = (kind: keyof Sounds, name: SoundName) => {
    const next = { ...sounds, [kind]: name }
    setSounds(next)
    chooseSounds(next)
    play(name)
  }
  return (
    <ul className={styles.rows}>
      {kinds.map(kind => (
        <li key={kind}>
          <div>
            <strong>{t(`sound.${kind}`)}</strong>
          </div>
          <Picker
            label={t(`sound.${kind}`)}
            value={sounds[kind]}
            onChange={name => choose(kind, name as SoundName)}
            options={soundNames
              .filter(name => kind !== 'alarm' || name !== 'none')
              .map(name => ({ id: name, label: t(`sound.name.${name}`) }))}
          />
          <Button
            size="s"
            look="quiet"
            aria-label={t('sound.try.of', { what: t(`sound.${kind}`) })}
            icon={<Volume2 aria-hidden="true" />}
            isDisabled={sounds[kind] === 'none'}
            onPress={() => play(sounds[kind])}
          />
        </li>
      ))}
    </ul>
  )
}
