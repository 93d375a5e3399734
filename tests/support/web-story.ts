import test, { type ExecutionContext } from 'ava'
import type { Screens } from './browser.js'
import { lacking, openUndo, type Undo } from './web-house.js'

/**
 * What happens on the screens, step by step; `open` sets the scene. Of a story (`tell`), a step whose forerunner
 * failed does not begin, so that the first failure is the one to read; scenes apart (`show`) all play.
 */
export const tell = <Scene extends Staged>(open: (undo: Undo) => Promise<Scene>) => stage(open, true)
export const show = <Scene extends Staged>(open: (undo: Undo) => Promise<Scene>) => stage(open, false)

interface Staged {
  screens: Screens
}

function stage<Scene extends Staged>(open: (undo: Undo) => Promise<Scene>, linked: boolean) {
  const undo = openUndo()
  let scene: Scene | undefined
  let intact = true
  if (lacking === undefined) {
    test.before(async () => {
      scene = await open(undo)
    })
    test.after.always(() => undo.run())
  } else test.skip(`the screens are not looked at: ${lacking}`, t => t.pass())

  return (title: string, run: (t: ExecutionContext, scene: Scene) => Promise<void>) => {
    const step = lacking === undefined ? test.serial : test.serial.skip
    step(title, async t => {
      if (scene === undefined || (linked && !intact)) return t.fail('a step before this one failed')
      intact = false
      try {
        await run(t, scene)
        intact = true
      } finally {
        if (!intact) await scene.screens.picture(title.replace(/\W+/g, '-').slice(0, 60))
      }
    })
  }
}
