import { Keyboard } from 'lucide-react'
import { Button, Dialog, DialogTrigger, Heading, Popover } from 'react-aria-components'
import { viewer as words } from '../words/viewer.js'
import { useWords } from '../words/words.js'
import styles from './Toolbar.module.css'

export function KeyLegend() {
  const t = useWords(words)
  const rows: [string[], string][] = [
    [['↑', '↓'], t('keys.scroll')],
    [['⇞', '⇟'], t('keys.ten')],
    [['↖', '↘'], t('keys.ends')],
    [['←', '→'], t('keys.series')],
    [['1–9', '0'], t('keys.windows')],
    [['W', 'S', 'P', 'Z', 'L', 'E'], t('keys.tools')],
    [['+', '−'], t('keys.zoom')],
    [['I'], t('keys.invert')],
    [['R'], t('keys.reset')],
    [['⌦'], t('keys.clear')],
    [['K'], t('keys.star')],
    [['M'], t('keys.insert')],
    [['C', 'X', 'B'], t('keys.compare')],
  ]
  return (
    <DialogTrigger>
      <Button className={styles.tool ?? ''} aria-label={t('tool.keys')}>
        <Keyboard size={17} aria-hidden />
      </Button>
      <Popover className={styles.popover ?? ''} placement="bottom end">
        <Dialog className={styles.legend ?? ''}>
          <Heading slot="title">{t('keys.title')}</Heading>
          <dl>
            {rows.map(([keys, what]) => (
              <div key={what}>
                <dt>
                  {keys.map(key => (
                    <kbd key={key} className={styles.key}>
                      {key}
                    </kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <p>{t('keys.mouse')}</p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
