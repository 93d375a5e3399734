import { type ReactNode, Suspense, useEffect } from 'react'
import { useLocation } from 'wouter'
import { useLive } from '../live/live.js'
import { useActions } from '../parts/Actions.js'
import { ErrorBox, type Trouble } from '../parts/ErrorBox.js'
import { Skeleton } from '../parts/Skeleton.js'
import { useScreen } from '../screens/use-screen.js'
import { useSession } from '../session.js'
import { useFormats } from '../words/format.js'
import { shellWords } from '../words/shell.js'
import { useWords } from '../words/words.js'
import { Faults } from './Faults.js'
import { keyOf, placesOf } from './navigation.js'
import { useNode } from './node.js'
import styles from './Shell.module.css'
import { TopBar } from './TopBar.js'

/** Before anything is known, and around the pages without a session. */
export function Starting({ children, problem }: { children?: ReactNode; problem?: Trouble | null }) {
  if (problem) {
    return (
      <main className={styles.starting}>
        <ErrorBox trouble={problem} onRetry={() => location.reload()} />
      </main>
    )
  }
  return <Suspense fallback={null}>{children}</Suspense>
}

/** Says that nobody may diagnose on these images, in one line over everything. */
export function Banner() {
  const t = useWords(shellWords)
  const node = useNode()
  const { view } = useScreen()
  if (!node?.demo && (!node?.notForDiagnosis || view?.validated)) return null
  return (
    <aside aria-label={t('banner.label')} className={styles.banner}>
      {t(node.demo ? 'demo.banner' : 'diagnosis.banner')}
    </aside>
  )
}

/** The reading desk carries its own band (identity, clock, notices) and leaves the rest of the height to the images. */
const atTheDesk = /^\/requests\/[^/]+\/report$/

export function Shell({ children }: { children: ReactNode }) {
  const t = useWords(shellWords)
  const { role, can } = useSession()
  const [here, go] = useLocation()
  const node = useNode()

  // A new page begins at its start for everybody, unless the page itself chose where.
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement) {
      document.getElementById('content')?.focus({ preventScroll: true })
    }
  }, [here])

  useActions(
    placesOf(role, can, node?.mailbox ?? false).map(place => ({
      id: `go-${place}`,
      group: t('nav.go'),
      label: t(`nav.${place}`),
      keys: `g ${keyOf[place]}`,
      run: () => go(`/${place}`),
    })),
  )

  return (
    <>
      <a href="#content" className={styles.skip}>
        {t('skip')}
      </a>
      {atTheDesk.test(here) ? null : <TopBar />}
      <Banner />
      <LostLine />
      <main id="content" tabIndex={-1} className={styles.main}>
        <Faults at={here}>
          <Suspense
            fallback={
              <div className={styles.waiting}>
                <Skeleton lines={6} />
              </div>
            }
          >
            {children}
          </Suspense>
        </Faults>
      </main>
    </>
  )
}

function LostLine() {
  const t = useWords(shellWords)
  const formats = useFormats()
  const { state, lostAt } = useLive()
  return (
    <div role="status">
      {state === 'lost' && lostAt ? (
        <div className={styles.lost}>
          {t('live.lost', { time: formats.time(new Date(lostAt).toISOString()) })}
        </div>
      ) : null}
    </div>
  )
}
