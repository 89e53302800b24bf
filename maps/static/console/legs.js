/* legs.js: whole minutes. An arrival is rounded up and its legs add up to it, so that nobody is promised too soon. */

const LEGS = ["notice", "access", "road", "walk"];

export function minutes(seconds) {
  return Math.ceil(Math.round(seconds * 1000) / 60000);
}

/* [leg, seconds, whole minutes] of a team's way. */
export function legsOf(team) {
  let [passed, before] = [0, 0];
  return LEGS.map((leg) => {
    const seconds = team[leg + "_s"] || 0;
    passed += seconds;
    const share = minutes(passed) - before;
    before += share;
    return [leg, seconds, share];
  });
}
