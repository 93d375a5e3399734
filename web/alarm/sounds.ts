/** Sounds made by the browser itself: no file to load, none that could be missing. */
export const soundNames = ['pulse', 'bell', 'chime', 'none'] as const
export type SoundName = (typeof soundNames)[number]

export interface Sounds {
  /** What rings for an emergency until somebody takes it: never none. */
  alarm: Exclude<SoundName, 'none'>
  urgent: SoundName
  routine: SoundName
}

const standard: Sounds = { alarm: 'pulse', urgent: 'bell', routine: 'none' }
const kept = 'relais.sounds'

/** What was chosen on this device. */
export function soundsHere(): Sounds {
  const found: unknown = JSON.parse(localStorage.getItem(kept) ?? '{}')
  const chosen = { ...standard, ...(found as Partial<Sounds>) }
  const known = (name: SoundName) => soundNames.includes(name)
  return {
    alarm: known(chosen.alarm) ? chosen.alarm : standard.alarm,
    urgent: known(chosen.urgent) ? chosen.urgent : standard.urgent,
    routine: known(chosen.routine) ? chosen.routine : standard.routine,
  }
}

export function chooseSounds(sounds: Sounds): void {
  localStorage.setItem(kept, JSON.stringify(sounds))
}

interface Tone {
  /** Hertz. */
  pitch: number
  /** Seconds from the beginning. */
  at: number
  long: number
  loud: number
  shape: OscillatorType
}

const tones: Record<Exclude<SoundName, 'none'>, Tone[]> = {
  pulse: [0, 0.22, 0.44].map(at => ({ pitch: 960, at, long: 0.14, loud: 0.3, shape: 'square' })),
  bell: [
    { pitch: 880, at: 0, long: 0.9, loud: 0.3, shape: 'sine' },
    { pitch: 1320, at: 0, long: 0.5, loud: 0.12, shape: 'sine' },
  ],
  chime: [659, 784, 988].map((pitch, n) => ({
    pitch,
    at: n * 0.18,
    long: 0.5,
    loud: 0.25,
    shape: 'triangle',
  })),
}
/** From one beginning to the next while it rings. */
const everyMs = 1_800

function sound(context: AudioContext, name: Exclude<SoundName, 'none'>): void {
  const begin = context.currentTime
  for (const { pitch, at, long, loud, shape } of tones[name]) {
    const [tone, volume] = [context.createOscillator(), context.createGain()]
    tone.type = shape
    tone.frequency.value = pitch
    tone.connect(volume).connect(context.destination)
    volume.gain.setValueAtTime(0, begin + at)
    volume.gain.linearRampToValueAtTime(loud, begin + at + 0.02)
    volume.gain.exponentialRampToValueAtTime(0.001, begin + at + long)
    tone.start(begin + at)
    tone.stop(begin + at + long)
  }
}

/** Once. A browser in which nobody pressed anything yet stays silent; the words on the screen are there too. */
export function play(name: SoundName): void {
  if (name === 'none') return
  const context = new AudioContext()
  sound(context, name)
  setTimeout(() => void context.close(), 2_000)
}

/** Browsers let a page sound, and shake, once somebody has touched it. */
const signs = ['pointerdown', 'keydown'] as const

/**
 * Rings until it is stopped; `onHeard` says whether the browser lets it be heard. Of several pages of one browser one
 * sounds, where the browser lets them agree on it.
 */
export function ringUntilStopped(onHeard: (heard: boolean) => void): () => void {
  const ending = new AbortController()
  const ring = () => {
    const context = new AudioContext()
    const once = () => {
      onHeard(context.state === 'running')
      if (context.state !== 'running') return
      sound(context, soundsHere().alarm)
      if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.([300, 150, 300])
    }
    const wake = () => void context.resume()
    context.onstatechange = once
    const timer = setInterval(once, everyMs)
    for (const sign of signs) addEventListener(sign, wake, { capture: true, passive: true })
    once()
    return () => {
      context.onstatechange = null
      clearInterval(timer)
      for (const sign of signs) removeEventListener(sign, wake, { capture: true })
      void context.close()
    }
  }
  const untilStopped = () =>
    new Promise<void>(resolve => {
      const stop = ring()
      ending.signal.addEventListener('abort', () => {
        stop()
        resolve()
      })
    })
  // Absent without HTTPS: then each page rings for itself.
  if ('locks' in navigator)
    navigator.locks
      .request('relais.ringing', { signal: ending.signal }, untilStopped)
      .catch((thrown: unknown) => {
        if (!ending.signal.aborted) throw thrown
      })
  else void untilStopped()
  return () => ending.abort()
}
