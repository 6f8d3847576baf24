export const JOBS = "job/";
export const NO_COUNTS = { replayed: 0, failed: 0, dropped: 0, skipped: 0 };
export function jobEntry(job) {
    return { name: `${JOBS}${job.name}`, bytes: JSON.stringify(job) };
}
