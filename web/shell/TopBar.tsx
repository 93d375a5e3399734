import { Search } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { usePalette } from '../parts/Actions.js'
import { Button } from '../parts/Button.js'
import { useSession } from '../session.js'
import { shellWords } from '../words/shell.js'
import { useWords } from '../words/words.js'
import { AccountMenu } from './AccountMenu.js'
import { NoticesBell } from './NoticesBell.js'
import { placesOf } from './navigation.js'
import { useNode } from './node.js'
import { Places } from './Places.js'
import styles from './TopBar.module.css'

export function TopBar() {
  const t = useWords(shellWords)
  const { role, can } = useSession()
  const [here] = useLocation()
  const { openPalette } = usePalette()
  const places = placesOf(role, can, useNode()?.mailbox ?? false)
  const current = places.find(place => here.startsWith(`/${place}`) || (here === '/' && place === 'requests'))
  return (
    <header className={styles.top}>
      <Link href="/" className={styles.mark}>
        Relais
      </Link>
      <Places places={places} current={current} />
      <div className={styles.tools}>
        <span className={styles.palette}>
          <Button keys="Ctrl+K" icon={<Search aria-hidden="true" />} onPress={openPalette}>
            {t('action.search')}
          </Button>
        </span>
        <NoticesBell />
        <AccountMenu />
      </div>
    </header>
  )
}
