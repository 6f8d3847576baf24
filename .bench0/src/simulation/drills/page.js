/** In a storm everything twice. */
export function said({ reports }, speech) {
    return speech === "repeated" ? reports.flatMap((one) => [one, one]) : reports;
}
export const MESSAGE_WORDS = Object.freeze({ trip: "drill" });
