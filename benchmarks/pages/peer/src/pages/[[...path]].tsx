import type { GetServerSideProps } from 'next';
import Head from 'next/head';
import { RestLayoutService, type LayoutServiceData } from '@sitecore-jss/sitecore-jss-nextjs';
import { Layout, pageTitle } from '../lib/layout';

type Props = { layoutData: LayoutServiceData };

const layoutService = new RestLayoutService({
  apiHost: process.env.LAYOUT_HOST ?? '',
  apiKey: '{BENCHMARK}',
  siteName: 'bench',
  tracking: true,
});

export default function Page({ layoutData }: Props) {
  return (
    <>
      <Head>
        <title>{pageTitle(layoutData)}</title>
      </Head>
      <Layout layoutData={layoutData} />
    </>
  );
}

export const getServerSideProps: GetServerSideProps<Props> = async ({ params, req, res }) => {
  const path = `/${((params?.path as string[]) ?? []).join('/')}`;
  const layoutData = await layoutService.fetchLayoutData(path, 'en', req, res);
  return layoutData?.sitecore?.route ? { props: { layoutData } } : { notFound: true };
};
