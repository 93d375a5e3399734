/** Two short tones. A browser in which nobody pressed a key yet stays silent; the words on the screen are there too. */
export function ring(): void {
  const sound = new AudioContext()
  const [tone, volume] = [sound.createOscillator(), sound.createGain()]
  tone.connect(volume).connect(sound.destination)
  tone.frequency.value = 880
  const begin = sound.currentTime
  volume.gain.setValueAtTime(0, begin)
  for (const at of [0, 0.35]) {
    volume.gain.linearRampToValueAtTime(0.25, begin + at + 0.02)
    volume.gain.linearRampToValueAtTime(0, begin + at + 0.25)
  }
  tone.onended = () => void sound.close()
  tone.start(begin)
  tone.stop(begin + 0.7)
}
