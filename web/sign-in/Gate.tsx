import type { ReactNode } from 'react'
import { Button } from '../parts/Button.js'
import { useNode } from '../shell/node.js'
import { Banner } from '../shell/Shell.js'
import { signInWords } from '../words/sign-in.js'
import { useLanguage, useWords } from '../words/words.js'
import styles from './Gate.module.css'

/** The frame of the pages one sees before being signed in. */
export function Gate({
  title,
  lead,
  wide = false,
  children,
}: {
  title: string
  lead?: ReactNode
  /** For what is filled in, not only signed. */
  wide?: boolean
  children?: ReactNode
}) {
  const t = useWords(signInWords)
  const { language, choose } = useLanguage()
  const node = useNode()
  return (
    <>
      <Banner />
      <main className={styles.gate}>
        <div className={`${styles.box} ${wide ? styles.wide : ''}`}>
          <header className={styles.head}>
            <span className={styles.mark}>Relais</span>
            <Button look="quiet" size="s" onPress={() => choose(language === 'fr' ? 'en' : 'fr')}>
              <span lang={language === 'fr' ? 'en' : 'fr'}>{t('language')}</span>
            </Button>
          </header>
          <h1 className={styles.title}>{title}</h1>
          {lead ? <p className="second">{lead}</p> : null}
          {children}
        </div>
        <footer className={styles.foot}>
          <small>
            {node ? `${node.name} · ${node.version} · ` : ''}
            {t('tagline')}
          </small>
        </footer>
      </main>
    </>
  )
}
